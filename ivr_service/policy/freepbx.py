"""How FreePBX writes a blocked number: a key of the family `blacklist` in Asterisk's own database."""

import re

_NORTH_AMERICAN = re.compile(r"\+1([0-9]{10})")

BLACKLIST_FAMILY = "blacklist"
"""The family that FreePBX and Asterisk's function BLACKLIST look into (funcs/func_callerid.c)."""

BLACKLISTED = "1"
"""What stands behind a key."""


def blacklist_key(number: str) -> str:
    """The key of a number (E.164, with its plus): ten digits, or all digits of another country's number."""
    north_american = _NORTH_AMERICAN.fullmatch(number)
    return number.removeprefix("+") if north_american is None else north_american[1]
