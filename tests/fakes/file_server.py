"""An https server on the loopback address that gives files, or fails in one of the ways servers fail."""

import ssl
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

import trustme

CUT_OFF, TO_HTTP, TO_GOOD, LIES_ABOUT_SIZE = "/cut-off", "/to-http", "/to-good", "/lies-about-size"
"""Paths with a manner of their own; all others give the file of that path, or 404."""


@dataclass
class FileServer:
    """`files` are the bodies by path; `ca` is the file with the certificate to trust."""

    ca: Path
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.ca))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                served.asked.append(self.path)
                served._answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str) -> str:
        return f"https://127.0.0.1:{self._server.server_address[1]}{path}"

    def _answer(self, line: BaseHTTPRequestHandler) -> None:
        body = self.files.get(line.path)
        if line.path in (TO_HTTP, TO_GOOD):
            line.send_response(302)
            line.send_header(
                "Location", "http://127.0.0.1/good" if line.path == TO_HTTP else self.url("/good")
            )
            line.end_headers()
        elif body is None:
            line.send_error(404)
        else:
            line.send_response(200)
            if line.path != LIES_ABOUT_SIZE:
                line.send_header("Content-Length", str(len(body)))
            line.end_headers()
            line.wfile.write(body[: len(body) // 2] if line.path == CUT_OFF else body)
