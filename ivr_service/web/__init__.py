"""The service API over HTTP: the application, and the server that runs it."""
