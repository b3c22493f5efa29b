"""Asterisk's console, where an admin looks first."""

import sys


def complain(error: Exception, text: str) -> None:
    """Tell Asterisk's console what went wrong. `text` may hold nothing that a caller said or keyed."""
    sys.stderr.write(f"feature-menu: {type(error).__name__}: {text}\n")
