"""The secret that tells the front end from any other local program."""

import os
import re
import secrets
import stat
from pathlib import Path

from ivr_service.errors import IvrServiceError

_FORM = re.compile(r"[A-Za-z0-9_-]{32,128}")
_MODE = 0o640


class TokenError(IvrServiceError):
    """The token file cannot be used."""


def load_or_make_token(path: Path) -> str:
    """Read the token, making it (mode 0640) when there is none.

    Raises TokenError when the file can be read by everybody, holds no token, or cannot be read or made.
    """
    try:
        if not path.exists():
            _make(path)
        return _read(path)
    except OSError as error:
        raise TokenError(f"cannot use the token file {path}: {error.strerror}") from error


def _read(path: Path) -> str:
    with path.open(encoding="ascii", errors="replace") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o007:
            raise TokenError(f"everybody can use the token file {path}: run chmod 640 on it")
        token = file.read(256).strip()
    if not _FORM.fullmatch(token):
        raise TokenError(f"there is no token in {path}: delete the file and start again")
    return token


def _make(path: Path) -> None:
    """Write the whole token under another name first: nobody reads half of it, and the first one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            # The umask may have taken the group's right, and the front end runs as another user.
            os.fchmod(file.fileno(), _MODE)
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()
