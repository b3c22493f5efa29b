"""Lets `python -m ivr_service` do what `ivr-service` does."""

from ivr_service.cli import main

main()
