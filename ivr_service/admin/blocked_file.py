"""Blocked numbers as a CSV file with a header: what is written here can be read here, and is the same."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ivr_service.dialogue.values import InvalidValueError, MailboxId
from ivr_service.errors import IvrServiceError
from ivr_service.policy.blockable import NotBlockable, blockable_number
from ivr_service.policy.settings import SiteSettings
from ivr_service.service.directory import find_mailbox
from ivr_service.store.blocked_numbers import EVERYBODY, BlockedNumber

COLUMNS = ("number", "mailbox", "blocked_by", "call_id", "blocked_at")
"""`mailbox` and `blocked_by` are like 103@default, `blocked_at` is ISO 8601 with its offset."""

_CALL_ID = re.compile(r"[0-9a-f]{32}")
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


class BlockedFileError(IvrServiceError):
    """The file cannot be read; the text has every mistake, each with its line."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(mistakes))


@dataclass(frozen=True)
class Defaults:
    """What counts where a row does not say it: for whom the number is blocked, and since when."""

    mailbox: str
    now: datetime


def write_blocked(entries: Iterable[BlockedNumber]) -> str:
    """The file for these entries."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        moment = entry.blocked_at.astimezone(UTC).isoformat()
        writer.writerow((entry.number, entry.mailbox, entry.blocked_by, entry.call_id, moment))
    return text.getvalue()


def read_blocked(text: str, settings: SiteSettings, defaults: Defaults) -> tuple[BlockedNumber, ...]:
    """The entries of a file. Only the column `number` must be there. Raises BlockedFileError."""
    rows = _rows(text)
    _, header = next(rows, (1, ()))
    columns = tuple(name.strip().lower() for name in header)
    _check_header(columns, defaults)
    entries: list[BlockedNumber] = []
    mistakes: list[str] = []
    for line, row in rows:
        try:
            entries.append(_entry(columns, row, settings, defaults))
        except _MistakeError as mistake:
            mistakes += [f"line {line}: {problem}" for problem in mistake.problems]
    if mistakes:
        raise BlockedFileError(mistakes)
    return tuple(entries)


class _MistakeError(Exception):
    """One row has these problems."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = problems


def _rows(text: str) -> Iterator[tuple[int, Sequence[str]]]:
    """The rows that hold something, each with the line of the file it ends in."""
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as error:
        raise BlockedFileError([f"line {reader.line_num}: this is not CSV ({error})"]) from error


def _check_header(columns: Sequence[str], defaults: Defaults) -> None:
    problems = [f'there is no column "{name}"' for name in columns if name not in COLUMNS]
    problems += [f'the column "{name}" is there twice' for name in COLUMNS if columns.count(name) > 1]
    if "number" not in columns:
        problems.append('there must be a column "number"')
    if "mailbox" in columns and defaults.mailbox != EVERYBODY:
        problems.append("the column mailbox says for whom a number is blocked; leave out --mailbox")
    if problems:
        known = ", ".join(COLUMNS)
        raise BlockedFileError([f"line 1: {problem} (columns are {known})" for problem in problems])


def _entry(
    columns: Sequence[str], row: Sequence[str], settings: SiteSettings, defaults: Defaults
) -> BlockedNumber:
    if len(row) != len(columns):
        raise _MistakeError([f"{len(row)} cells, where the first line has {len(columns)}"])
    cells = dict(zip(columns, (cell.strip() for cell in row), strict=True))
    problems: list[str] = []
    entry = BlockedNumber(
        number=_number(cells["number"], settings, problems),
        mailbox=_mailbox(cells, settings, defaults, problems),
        blocked_by=_blocked_by(cells.get("blocked_by", ""), problems),
        call_id=_call_id(cells.get("call_id", ""), problems),
        blocked_at=_moment(cells.get("blocked_at", ""), defaults, problems),
    )
    if problems:
        raise _MistakeError(problems)
    return entry


def _number(cell: str, settings: SiteSettings, problems: list[str]) -> str:
    number = blockable_number(cell, settings)
    if isinstance(number, NotBlockable):
        problems.append(f"{cell!r} {number}")
    return number


def _mailbox(cells: dict[str, str], settings: SiteSettings, defaults: Defaults, problems: list[str]) -> str:
    cell = cells.get("mailbox", defaults.mailbox)
    if cell == EVERYBODY:
        return EVERYBODY
    who = _mailbox_id(cell)
    if who is None or find_mailbox(settings, who) is None:
        problems.append(f"mailbox {cell!r} is not in mailboxes.toml")
    return str(who)


def _blocked_by(cell: str, problems: list[str]) -> str:
    who = _mailbox_id(cell)
    if cell and who is None:
        problems.append(f"blocked_by {cell!r} is no mailbox like 103@default")
    return "" if who is None else str(who)


def _mailbox_id(cell: str) -> MailboxId | None:
    number, at, context = cell.partition("@")
    try:
        return MailboxId(number, context) if at else MailboxId(number)
    except InvalidValueError:
        return None


def _call_id(cell: str, problems: list[str]) -> str:
    if cell and not _CALL_ID.fullmatch(cell):
        problems.append(f"call_id {cell!r} is not 32 digits and letters a to f")
    return cell


def _moment(cell: str, defaults: Defaults, problems: list[str]) -> datetime:
    if not cell:
        return defaults.now
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not _EARLIEST <= moment < _LATEST:
        problems.append(f"blocked_at {cell!r} is no moment like 2026-05-04T16:00:00+00:00")
        return defaults.now
    return moment.astimezone(UTC)
