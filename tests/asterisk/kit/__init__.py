"""A real Asterisk on loopback, telephones to call it with, and the real service behind it."""
