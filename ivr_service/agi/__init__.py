"""The front end that Asterisk starts: standard library only, fast to start, safe when anything is wrong."""
