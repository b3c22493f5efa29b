"""Reading one configuration file: bytes to TOML, with every way that can fail told in an admin's words."""

import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ivr_service.config.messages import ConfigurationError, Problem
from ivr_service.toml_positions import KeyPath, locate

LARGEST_FILE = 1_048_576
"""Bytes. No hand-written configuration is larger, and a mistaken file must not fill the memory."""

_AT_LINE = re.compile(r"\(at line ([0-9]+), column [0-9]+\)")

_SYNTAX = (
    ("Expected '=' after a key", 'there is no "=" after the key', 'write it like name = "Main Office"'),
    (
        "Invalid statement",
        "this line is not a setting",
        'write it like name = "Main Office"; notes begin with #',
    ),
    (
        "Invalid initial character for a key",
        "this line is not a setting",
        'write it like name = "Main Office"',
    ),
    (
        "Invalid value",
        "the value is not understood",
        'put text in straight quotation marks, like "Main Office"; numbers, true and false go without',
    ),
    ("Invalid date or datetime", "this date or time does not exist", 'write a time like "22:00"'),
    ("Unterminated string", "a text that begins above is not closed", "end it with its quotation mark"),
    ("Found invalid character '\\n'", "a text is not closed on its line", "end it with a quotation mark"),
    ("Illegal character '\\n'", "a text is not closed on its line", "end it with a quotation mark"),
    ("Illegal character", "there is a character that must not be here", "delete it and type the line again"),
    (
        "Found invalid character",
        "there is a character that must not be here",
        "delete it and type the line again",
    ),
    ("Unescaped '\\' in a string", "a text holds a single backslash", "write two for each one that is meant"),
    ("Invalid hex value", "a backslash code in a text is not complete", "write two backslashes for one"),
    (
        "Escaped character is not",
        "a backslash code in a text means no character",
        "write two backslashes for one",
    ),
    ("Unclosed array", "a list is not closed", "separate its values with commas and end it with ]"),
    (
        "Unclosed inline table",
        "a table in braces is not closed",
        "separate its settings with commas and end it with }",
    ),
    ("Expected ']' at the end", "the table's name is not closed", "end it with ], like [policy]"),
    ("Expected ']]' at the end", "the table's name is not closed", "end it with ]], like [[mailboxes]]"),
    (
        "Expected newline or end of document",
        "something follows the value",
        "write one setting on each line, and text in quotation marks",
    ),
    ("Cannot overwrite a value", "this is written twice", "keep one of the two"),
    ("Duplicate inline table key", "this is written twice", "keep one of the two"),
    ("Cannot declare", "this table is written twice", "keep one, or use [[ ]] when there may be several"),
    ("Cannot redefine namespace", "this table is written twice", "keep one of the two"),
    (
        "Cannot mutate immutable namespace",
        "this adds to a table or list that is complete",
        "write it all in one place",
    ),
    ("Expected", "a text that begins above is not closed", "end it with its quotation mark"),
)


@dataclass(frozen=True)
class TomlFile:
    """A file that could be parsed: its plain data, and the line of every key."""

    name: str
    content: bytes
    data: dict[str, Any]
    lines: Mapping[KeyPath, int] = field(repr=False)


def read_toml(path: Path) -> TomlFile:
    """Read and parse one file.

    Raises:
        ConfigurationError: it is missing, unreadable, too large, not UTF-8 or not TOML.
    """
    content = _content(path)
    text = _text(path.name, content)
    return TomlFile(path.name, content, _parsed(path.name, text), locate(text))


def _failure(file: str, line: int | None, wrong: str, remedy: str) -> ConfigurationError:
    return ConfigurationError((Problem(file, line, "", wrong, remedy),))


def _content(path: Path) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise _failure(path.name, None, "this is not a file", "put a text file in its place")
        if status.st_size > LARGEST_FILE:
            raise _failure(path.name, None, "the file is larger than 1 MiB", "restore the right file")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise _failure(
            path.name, None, f"the file is missing in {path.parent}", "copy it from the example configuration"
        ) from error
    except PermissionError as error:
        raise _failure(
            path.name, None, "the file may not be read by the service", "give its user the right to read it"
        ) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _failure(path.name, None, f"the file cannot be read ({reason})", "make it readable") from error


def _text(file: str, content: bytes) -> str:
    """UTF-8, with or without the mark that some Windows editors put in front."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise _failure(file, line, "the text is not UTF-8", "save the file as UTF-8") from error


def _parsed(file: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise _failure(file, None, "values are nested too deeply", "write them in a simpler way") from error
    except ValueError as error:
        wrong, remedy = _syntax_words(str(error))
        raise _failure(file, _error_line(str(error), text), wrong, remedy) from error


def _error_line(message: str, text: str) -> int:
    """tomllib names the line, except at the end of the text."""
    found = _AT_LINE.search(message)
    return int(found[1]) if found else text.rstrip().count("\n") + 1


def _syntax_words(message: str) -> tuple[str, str]:
    for beginning, wrong, remedy in _SYNTAX:
        if message.startswith(beginning):
            return wrong, remedy
    return "the text is not TOML", "correct this line or the one before it"
