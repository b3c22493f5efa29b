"""An extracted Asterisk, as `fetch-asterisk` makes it: where its program, modules and sounds lie."""

from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
TREES = PROJECT / "var" / "asterisk"
VERSIONS = ("22", "16")
_LOADER = "ld-linux-x86-64.so.2"


@dataclass(frozen=True)
class AsteriskTree:
    """The files of one version. Debian 11 keeps the loader and some libraries outside /usr."""

    version: str
    root: Path

    @property
    def is_complete(self) -> bool:
        return (self.root / ".complete").exists()

    @property
    def library_dirs(self) -> tuple[Path, ...]:
        tried = ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "usr/lib")
        return tuple(self.root / path for path in tried if (self.root / path).is_dir())

    @property
    def command(self) -> list[str]:
        """The program, started by its own loader so that it finds its own libraries."""
        loader = next(path / _LOADER for path in self.library_dirs if (path / _LOADER).exists())
        libraries = ":".join(map(str, self.library_dirs))
        return [str(loader), "--library-path", libraries, str(self.root / "usr/sbin/asterisk")]

    @property
    def modules(self) -> Path:
        return next(
            path / "asterisk/modules" for path in self.library_dirs if (path / "asterisk/modules").is_dir()
        )

    @property
    def data(self) -> Path:
        return self.root / "usr/share/asterisk"

    @property
    def sounds(self) -> Path:
        """The English sounds. The package would link them as sounds/en when it is installed."""
        return self.data / "sounds/en_US_f_Allison"


def tree(version: str) -> AsteriskTree:
    return AsteriskTree(version, TREES / version)
