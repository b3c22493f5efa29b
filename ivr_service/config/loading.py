"""The configuration directory: its TOML files in; one checked set of settings out, or all that is wrong."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel, ValidationError

from ivr_service.config.files import TomlFile, read_toml
from ivr_service.config.messages import ConfigurationError, Problem, model_problems
from ivr_service.config.references import reference_problems
from ivr_service.policy.models import ModelsFile
from ivr_service.policy.options import OptionsFile, Survey
from ivr_service.policy.settings import (
    CallerIdsFile,
    MailboxesFile,
    PolicyFile,
    ServiceFile,
    SiteSettings,
    SpeedDialsFile,
)
from ivr_service.toml_positions import KeyPath


@dataclass(frozen=True)
class _FileKind:
    name: str
    model: type[BaseModel]
    may_be_missing: bool = False


FILES: Mapping[str, _FileKind] = MappingProxyType(
    {
        "service": _FileKind("service.toml", ServiceFile),
        "caller_ids": _FileKind("caller-ids.toml", CallerIdsFile),
        "mailboxes": _FileKind("mailboxes.toml", MailboxesFile),
        "policy": _FileKind("policy.toml", PolicyFile),
        "speed_dials": _FileKind("speed-dials.toml", SpeedDialsFile),
        "options": _FileKind("options.toml", OptionsFile, may_be_missing=True),
        "models": _FileKind("models.toml", ModelsFile, may_be_missing=True),
    }
)
"""The files of a configuration by their key, which is also their field in SiteSettings."""


@dataclass(frozen=True)
class Sources:
    """Where each setting is written."""

    lines: Mapping[str, Mapping[KeyPath, int]]

    def where(self, file: str, *path: str | int) -> str:
        """The file and line of a setting, like "policy.toml:23"; `file` is a key of FILES.

        An element that has no line of its own has its list's; without a path it is the file. A setting that
        is not written has none: "policy.toml (default)".
        """
        name, lines = FILES[file].name, self.lines.get(file, {})
        if not path:
            return name
        while path and path not in lines and isinstance(path[-1], int):
            path = path[:-1]
        if path in lines:
            return f"{name}:{lines[path]}"
        return f"{name} (default)"


@dataclass(frozen=True)
class LoadedSettings:
    """Settings that passed every check. `fingerprint` (64 hex digits) tells the files' contents apart.

    `contents` are the files' bytes by file name, exactly as they were read.
    """

    settings: SiteSettings
    sources: Sources
    fingerprint: str
    contents: Mapping[str, bytes] = field(repr=False)


def load_settings(directory: Path) -> LoadedSettings:
    """Read and check the files of a configuration directory.

    Raises:
        ConfigurationError: something is wrong; it holds every problem of every file.
    """
    problems: list[Problem] = []
    files = {key: _read(directory, kind, problems) for key, kind in FILES.items()}
    models = {key: _validated(key, file, problems) for key, file in files.items() if file is not None}
    problems += reference_problems(files)
    if problems:
        raise ConfigurationError(_in_order(problems))
    contents = [file for file in files.values() if file is not None]
    return LoadedSettings(
        settings=SiteSettings.model_validate(models),
        sources=Sources({key: file.lines for key, file in files.items() if file is not None}),
        fingerprint=_fingerprint(contents),
        contents={file.name: file.content for file in contents},
    )


def names(settings: SiteSettings) -> tuple[str, ...]:
    """Every name and text that is spoken, each once: caller IDs, speed dials, disclaimers."""
    texts = [entry.text for entry in settings.options.disclaimers]
    texts += [question.text for question in (settings.options.survey or Survey()).questions]
    return tuple(dict.fromkeys((*names_to_say(settings), *texts)))


def names_to_say(settings: SiteSettings) -> tuple[str, ...]:
    """Every name that callers may say too, each once."""
    spoken = [entry.name for entry in settings.caller_ids.caller_ids]
    spoken += [entry.name for entry in settings.speed_dials.company]
    spoken += [entry.name for entry in settings.options.listeners]
    spoken += [entry.name for owner in settings.speed_dials.mailboxes for entry in owner.speed_dials]
    spoken += [entry.name for entry in settings.options.disclaimers]
    return tuple(dict.fromkeys(spoken))


def _read(directory: Path, kind: _FileKind, problems: list[Problem]) -> TomlFile | None:
    path = directory / kind.name
    if kind.may_be_missing and not os.path.lexists(path):
        return None
    try:
        return read_toml(path)
    except ConfigurationError as error:
        problems.extend(error.problems)
        return None


def _validated(key: str, file: TomlFile, problems: list[Problem]) -> BaseModel | None:
    model = FILES[key].model
    try:
        return model.model_validate(file.data)
    except ValidationError as error:
        problems.extend(model_problems(file.name, file.lines, model, error))
        return None


def _in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    """By file, then by line, each once."""
    order = [kind.name for kind in FILES.values()]
    unique = dict.fromkeys(problems)
    return tuple(
        sorted(unique, key=lambda problem: (order.index(problem.file), problem.line or 0, problem.key))
    )


def _fingerprint(files: list[TomlFile]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name} {len(file.content)}\n".encode())
        digest.update(file.content)
    return digest.hexdigest()
