"""The characters of an entry: what a caller keys, and what arrives as the caller ID of a message.

A callback's text comes from outside: anybody can put anything there. It becomes digits here or is refused.
`[0-9]` is meant literally everywhere: the digits of other scripts are no digits.
"""

import re

_CALLBACK = re.compile(r"\+?[-(). ]{0,8}[0-9](?:[-(). ]{0,8}[0-9]){0,31}[-(). ]{0,8}")
_SEPARATORS = re.compile(r"[-(). ]")
_KEYPAD = re.compile(r"[0-9*#]{1,64}")
_EXTENSION_SIGNS = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]"}

_WITHHELD = frozenset(
    {
        "",
        "anonymous",
        "anonymous@anonymous.invalid",
        "asterisk",
        "blocked",
        "i",
        "no caller id",
        "out of area",
        "private",
        "private number",
        "restricted",
        "s",
        "t",
        "unavailable",
        "unknown",
        "unknown caller",
        "unknown number",
        "withheld",
    }
)
"""What carriers and Asterisk put where a number should be, and the dialplan's own extensions for "none"."""


def is_withheld(text: str) -> bool:
    """Whether the text says that there is no number to call back."""
    return text.strip().lower() in _WITHHELD


def callback_digits(text: str) -> str | None:
    """The digits of a caller ID, with its plus if it has one; None for anything that is not a number."""
    if not _CALLBACK.fullmatch(text):
        return None
    return _SEPARATORS.sub("", text)


def keyed(text: str) -> str | None:
    """The keys of an entry without the pound that ended it; None when it holds anything but keys."""
    if text and not _KEYPAD.fullmatch(text):
        return None
    keys = text.removesuffix("#")
    return None if "#" in keys else keys


def matches_extension(pattern: str, digits: str) -> bool:
    """Whether the digits fit an Asterisk-like pattern: X is 0-9, Z is 1-9, N is 2-9."""
    expression = "".join(_EXTENSION_SIGNS.get(sign, re.escape(sign)) for sign in pattern)
    return re.fullmatch(expression, digits) is not None


def groups_of_three(digits: str) -> tuple[str, ...]:
    """Digits for reading aloud: in threes, with a last group of four ("442071838750": 442 071 83 8750)."""
    head, tail = digits[:-4], digits[-4:]
    return (*(head[start : start + 3] for start in range(0, len(head), 3)), tail)
