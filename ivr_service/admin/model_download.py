"""Gets a file over https: the only place where this project reaches out, and only when an admin says so."""

import hashlib
import ssl
from collections.abc import Callable
from email.message import Message
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from ivr_service.errors import IvrServiceError

_PIECE_BYTES = 1024 * 1024
_SILENCE_S = 30.0

Report = Callable[[int, int | None], None]
"""Told how many bytes there are so far, and of how many if the server says so."""


class DownloadError(IvrServiceError):
    """A file cannot be had; the text says why."""


class _OnlyHttps(HTTPRedirectHandler):
    """Follows to https addresses alone."""

    def redirect_request(  # noqa: PLR0913, PLR0917 - urllib's own
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if urlsplit(newurl).scheme != "https":
            fp.close()
            raise DownloadError(f"{_host(req.full_url)} sends us to an address that is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def download(
    url: str, file: Path, most_bytes: int, report: Report, context: ssl.SSLContext | None = None
) -> None:
    """Get an https address into a new file.

    Raises DownloadError; what came until then stays in the file. Raises OSError when it cannot be written.
    """
    if urlsplit(url).scheme != "https":
        raise DownloadError("the address does not begin with https://")
    opener = build_opener(_OnlyHttps, HTTPSHandler(context=context or ssl.create_default_context()))
    try:
        with opener.open(url, timeout=_SILENCE_S) as response, file.open("xb") as written:
            _copy(response, written, _length(response.headers), most_bytes, report)
    except HTTPError as error:
        error.close()
        raise DownloadError(f"{_host(url)} answers {error.code} {error.reason}") from error
    except (URLError, HTTPException, TimeoutError, ConnectionError, ssl.SSLError) as error:
        reason = getattr(error, "reason", None) or error
        raise DownloadError(f"{_host(url)} cannot be reached, or the connection broke: {reason}") from error


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file. Raises OSError."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _host(url: str) -> str:
    """The rest of an address may hold a secret."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _length(headers: Message) -> int | None:
    told = headers.get("Content-Length", "")
    return int(told) if told.isascii() and told.isdecimal() else None


def _copy(source: IO[bytes], file: IO[bytes], length: int | None, most_bytes: int, report: Report) -> None:
    if (length or 0) > most_bytes:
        raise DownloadError(f"the file has {length} bytes, more than most_mb allows")
    received = 0
    while piece := source.read(_PIECE_BYTES):
        received += len(piece)
        if received > most_bytes:
            raise DownloadError("the file is larger than most_mb allows")
        file.write(piece)
        report(received, length)
    if length is not None and received != length:
        raise DownloadError(f"the connection broke after {received} of {length} bytes")
