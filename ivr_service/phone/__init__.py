"""The terminal phone: whole calls without a PBX, over the same service API that Asterisk's front end uses."""
