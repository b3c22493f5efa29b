"""Structured logs on standard error: JSON lines, or a readable form on a terminal.

Whatever is logged, by us or by a library, passes one chain that removes secrets and masks telephone numbers,
also inside texts and tracebacks. A call's id is bound with `call_bound`, and is on every line until its end.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import AbstractContextManager
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

DROPPED = frozenset({"pin", "pin_hash", "token", "keys", "authorization"})
"""Names of fields that are never written, whatever is in them."""

_IDENTIFIERS = {
    "call_id": re.compile(r"[0-9a-f]{32}"),
    "grant_id": re.compile(r"[0-9a-f]{16,64}"),
    "timestamp": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}Z"),
}
_HIGHEST_PID = 4_194_304
"""Of any Linux (PID_MAX_LIMIT): https://man7.org/linux/man-pages/man5/proc_sys_kernel.5.html"""
_NUMBER = re.compile(r"[0-9](?:[ ()./-]{0,3}[0-9]){6,}")
_SHORTEST = 7
_MOST_SHOWN = 6
_FEWEST_HIDDEN = 4


def configure_logging(level: str = "info", stream: TextIO | None = None) -> None:
    """Send all logs of this process to `stream`, standard error unless told otherwise.

    `level` is debug, info, warning or error.
    """
    output = sys.stderr if stream is None else stream
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(output)
    handler.setFormatter(_formatter(output))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(threshold)
    logging.getLogger("alembic").setLevel(max(threshold, logging.WARNING))


def call_bound(call_id: str) -> AbstractContextManager[None]:
    """Put the call's id on every line that is logged inside the block, in this thread."""
    return structlog.contextvars.bound_contextvars(call_id=call_id)


def masked(text: str) -> str:
    """Hide the end of everything that looks like a telephone number: "+12125551234" is "+121255*****".

    That is seven digits or more, also with spaces, dots, dashes, slashes or brackets between them. At most
    six digits stay, and at least four are hidden.
    """
    return _NUMBER.sub(_mask_match, text)


def hide_private(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: drop the secret fields and mask numbers in all others."""
    return {
        masked(str(name)): _hidden(str(name), value)
        for name, value in event.items()
        if str(name).lower() not in DROPPED
    }


def _hidden(name: str, value: object) -> object:
    known = _IDENTIFIERS.get(name)
    if known is not None and isinstance(value, str) and known.fullmatch(value):
        return value
    if name == "pid" and isinstance(value, int) and 0 < value <= _HIGHEST_PID:
        return value
    return _masked_value(value)


def _masked_value(value: object) -> object:
    match value:
        case bool() | None:
            return value
        case int() | float():
            text = repr(value)
            return value if masked(text) == text else masked(text)
        case str():
            return masked(value)
        case Mapping():
            return hide_private(None, "", dict(value))
        case list() | tuple() | set() | frozenset():
            return [_masked_value(item) for item in value]
        case _:
            return masked(repr(value))


def _mask_match(match: re.Match[str]) -> str:
    text = match.group()
    digits = sum(character.isascii() and character in "0123456789" for character in text)
    shown = min(_MOST_SHOWN, digits - _FEWEST_HIDDEN)
    hidden = []
    for character in text:
        if character not in "0123456789":
            hidden.append(character)
        elif shown > 0:
            hidden.append(character)
            shown -= 1
        else:
            hidden.append("*")
    return "".join(hidden)


def _formatter(output: TextIO) -> logging.Formatter:
    renderer: Processor = structlog.processors.JSONRenderer()
    if output.isatty():
        renderer = structlog.dev.ConsoleRenderer()
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[
            _without_record,
            # Before the masking: a traceback may hold a number too.
            structlog.processors.format_exc_info,
            hide_private,
            renderer,
        ],
    )


def _without_record(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return _removed(event, "_record", "_from_structlog")


def _removed(event: MutableMapping[str, Any], *names: str) -> MutableMapping[str, Any]:
    for name in names:
        event.pop(name, None)
    return event


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.PositionalArgumentsFormatter(),
]
