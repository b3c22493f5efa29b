"""The catalogue: the text of every prompt in one language, and the admin's own recordings."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.prompting.findings import CatalogueError, Finding, Trouble
from ivr_service.toml_positions import KeyPath, locate

MAX_TEXT_LENGTH = 400

_PUNCTUATION = frozenset(" .,;:?!'-")
_LANGUAGE = re.compile(r"[a-z]{2}")
_PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Entry:
    """The text of a prompt and, when the admin made one, the recording that is played instead of a voice."""

    id: PromptId
    text: str
    line: int
    recording: Path | None = None


@dataclass(frozen=True)
class Catalogue:
    """Every prompt of one language ("en")."""

    language: str
    path: Path
    entries: Mapping[PromptId, Entry]


@dataclass(frozen=True)
class _Source:
    path: Path
    lines: Mapping[KeyPath, int]

    def finding(self, trouble: Trouble, key: str, problem: str, remedy: str) -> Finding:
        line = self.lines.get(("prompts", key), self.lines.get(("prompts",), 1))
        return Finding(trouble, f"{self.path}:{line}", key, problem, remedy)


def shipped_catalogue(language: str) -> Path:
    """Return where the catalogue of a language is that comes with the project."""
    installed = _PACKAGE / "prompts" / f"{language}.toml"
    return installed if installed.exists() else _PACKAGE.parent / "prompts" / f"{language}.toml"


def load_catalogue(path: Path) -> Catalogue:
    """Read a catalogue file, whose name is its language ("en.toml").

    Raises CatalogueError with every finding when an id has no text, is unknown, or cannot be spoken.
    """
    catalogue, findings = inspect_catalogue(path)
    if findings:
        raise CatalogueError(findings)
    return catalogue


def inspect_catalogue(path: Path) -> tuple[Catalogue, tuple[Finding, ...]]:
    """Read what is right in a catalogue file, and say what is wrong.

    Raises CatalogueError only when nothing of the file can be read.
    """
    text = _read(path)
    table = _prompts_table(path, text)
    source = _Source(path, locate(text))
    entries: dict[PromptId, Entry] = {}
    findings: list[Finding] = []
    for key, value in table.items():
        result = _parse_entry(source, key, value)
        if isinstance(result, Finding):
            findings.append(result)
        else:
            entries[result.id] = result
    findings.extend(_missing(source, table))
    return Catalogue(path.stem, path, entries), tuple(findings)


def normalised(text: str) -> str:
    """Return the text in the one form that is spoken, shown and hashed."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def unspeakable(text: str) -> str:
    """Return the characters that a voice would read wrongly: all but letters, spaces and . , ; : ? ! ' -"""
    return "".join(
        sorted({character for character in text if not (character.isalpha() or character in _PUNCTUATION)})
    )


def _read(path: Path) -> str:
    if not _LANGUAGE.fullmatch(path.stem):
        raise _unreadable(
            str(path), "the name of a catalogue is a language", "name it with two letters, like en.toml"
        )
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise _unreadable(
            str(path), f"cannot be read ({reason})", "see that the file is there and may be read"
        ) from error
    except UnicodeDecodeError as error:
        raise _unreadable(str(path), "is not UTF-8 text", "save it as UTF-8") from error


def _prompts_table(path: Path, text: str) -> dict[str, object]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"line ([0-9]+)", str(error))
        line = where[1] if where else str(text.count("\n") + 1)
        raise _unreadable(
            f"{path}:{line}", f"is not valid TOML ({error})", "put it right, each id once"
        ) from error
    table = document.pop("prompts", None)
    if document:
        raise _unreadable(
            str(path), f"has an unknown section {next(iter(document))!r}", "keep every id below [prompts]"
        )
    if not isinstance(table, dict):
        raise _unreadable(str(path), "has no section [prompts]", "put every id below a line [prompts]")
    return table


def _unreadable(where: str, problem: str, remedy: str) -> CatalogueError:
    return CatalogueError([Finding(Trouble.UNREADABLE, where, "", problem, remedy)])


def _parse_entry(source: _Source, key: str, value: object) -> Entry | Finding:
    match value:
        case str():
            return _checked_entry(source, key, value, None)
        case {"text": str(text), "recording": str(recording), **rest} if not rest:
            return _checked_entry(source, key, text, recording)
        case {"text": str(text), **rest} if not rest:
            return _checked_entry(source, key, text, None)
        case dict() if key not in _known_ids():
            return source.finding(
                Trouble.UNUSED, key, "is no prompt", f'write an id with a dot in quotes, like "{key}.name"'
            )
        case _:
            return source.finding(
                Trouble.UNREADABLE,
                key,
                "is not a text",
                'write "text" or { text = "...", recording = "..." }',
            )


def _checked_entry(source: _Source, key: str, text: str, recording: str | None) -> Entry | Finding:
    text = normalised(text)
    if key not in _known_ids():
        return source.finding(
            Trouble.UNUSED, key, "no prompt has this id", "delete the line or correct the id"
        )
    if not any(character.isalpha() for character in text):
        return source.finding(Trouble.MISSING, key, "the text is empty", "write what callers hear")
    if bad := unspeakable(text):
        return source.finding(
            Trouble.UNTRANSLATABLE, key, f"{bad!r} cannot be spoken reliably", "write the words out"
        )
    if len(text) > MAX_TEXT_LENGTH:
        return source.finding(
            Trouble.TOO_LONG, key, f"{len(text)} characters", f"use at most {MAX_TEXT_LENGTH}"
        )
    path = None if recording is None else source.path.parent / recording
    if path is not None and not path.is_file():
        return source.finding(
            Trouble.RECORDING_MISSING, key, f"there is no file {path}", "put it there or take the line out"
        )
    return Entry(PromptId(key), text, source.lines.get(("prompts", key), 1), path)


def _missing(source: _Source, table: Mapping[str, object]) -> Iterator[Finding]:
    for prompt in PromptId:
        if prompt.value not in table:
            yield source.finding(
                Trouble.MISSING, prompt.value, "has no text", f'add a line "{prompt.value}" = "..."'
            )


def _known_ids() -> frozenset[str]:
    return frozenset(prompt.value for prompt in PromptId)
