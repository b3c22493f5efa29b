"""The manifest: which sound says what. It is replaced as a whole: a reader sees the old or the new one."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from ivr_service.errors import IvrServiceError

MANIFEST_NAME = "manifest.json"

Sound = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9/_-]{0,99}\z")]


class ManifestError(IvrServiceError):
    """The manifest is there but cannot be used."""


@dataclass(frozen=True)
class PromptSound:
    """A sound to play, as its path below the prompts directory without ".wav", and the words it says."""

    sound: Sound
    text: str


@dataclass(frozen=True)
class LanguageSounds:
    """Every sound of one language: by prompt id, by spelled word, and by name from the configuration.

    `leaving` are names that the configuration no longer has, with the Unix time at which that was noticed:
    they stay a while, for calls that began before.
    """

    prompts: Mapping[str, PromptSound] = field(default_factory=dict)
    words: Mapping[str, PromptSound] = field(default_factory=dict)
    names: Mapping[str, PromptSound] = field(default_factory=dict)
    leaving: Mapping[str, int] = field(default_factory=dict)

    def sounds(self) -> frozenset[str]:
        """Return every sound that is named."""
        tables = (self.prompts, self.words, self.names)
        return frozenset(entry.sound for table in tables for entry in table.values())


@dataclass(frozen=True)
class Manifest:
    """Everything that was built. `retired` are sounds no longer named, and since when (Unix time)."""

    languages: Mapping[str, LanguageSounds] = field(default_factory=dict)
    retired: Mapping[str, int] = field(default_factory=dict)

    def sounds(self) -> frozenset[str]:
        """Return every sound that is named in any language."""
        return frozenset().union(*(language.sounds() for language in self.languages.values()))


class _ManifestFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    languages: dict[str, LanguageSounds]
    retired: dict[str, int]


def read_manifest(prompts_dir: Path) -> Manifest:
    """Return the manifest, or an empty one when nothing has been built. Raises ManifestError."""
    path = prompts_dir / MANIFEST_NAME
    try:
        file = _ManifestFile.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Manifest()
    except (OSError, ValidationError) as error:
        raise ManifestError(f"{path} cannot be used; delete it and build the prompts again") from error
    return Manifest(file.languages, file.retired)


def write_manifest(prompts_dir: Path, manifest: Manifest) -> None:
    """Replace the manifest. Raises OSError, and then the old one stays."""
    file = _ManifestFile(languages=dict(manifest.languages), retired=dict(manifest.retired))
    write_whole(prompts_dir / MANIFEST_NAME, file.model_dump_json(indent=1).encode())


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that Asterisk may read, so that it is there whole or not at all. Raises OSError."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o644)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
