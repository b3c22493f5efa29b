"""A vosk-server on the loopback address: it really recognises, or fails in one of the ways servers fail.

It keeps to the protocol of websocket/asr_server.py in alphacep/vosk-server.
"""

import json
import logging
import socket
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self

import vosk
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve


class Manner(Enum):
    """How the server behaves."""

    WELL = auto()
    HANGS = auto()
    CLOSES_IN_MID_WORD = auto()
    TALKS_NONSENSE = auto()
    ANSWERS_NO_END = auto()


_IN_MID_WORD = 5
"""Messages of audio."""


@dataclass
class VoskServer:
    """Recognises with the model in a folder, on a port of its own, until it is left; `manner` may change."""

    model: Path
    manner: Manner = Manner.WELL
    port: int = 0
    configurations: list[dict[str, Any]] = field(default_factory=list)
    finished: int = 0

    def __enter__(self) -> Self:
        vosk.SetLogLevel(-1)
        self._model = vosk.Model(str(self.model))
        self._over = Event()
        listening = socket.create_server(("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        quiet = logging.getLogger("tests.vosk_server")
        quiet.setLevel(logging.CRITICAL)
        self._server: Server = serve(
            self._hear, sock=listening, compression=None, close_timeout=0.5, logger=quiet
        )
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._thread.join()

    @property
    def address(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def _hear(self, line: ServerConnection) -> None:
        settings: dict[str, Any] = {}
        recogniser = None
        heard = 0
        while True:
            try:
                message = line.recv()
            except ConnectionClosed:
                return
            if isinstance(message, str) and "config" in message:
                settings = json.loads(message)["config"]
                self.configurations.append(settings)
                continue
            if recogniser is None:
                recogniser = self._recogniser(settings)
            heard += 1
            if self._misbehaves(line, message, heard):
                return
            if message == '{"eof" : 1}':
                line.send(recogniser.FinalResult())
                return
            is_finished = recogniser.AcceptWaveform(message)
            self.finished += is_finished
            line.send(recogniser.Result() if is_finished else recogniser.PartialResult())

    def _recogniser(self, settings: dict[str, Any]) -> Any:
        phrases = json.dumps(settings["phrase_list"])
        recogniser = vosk.KaldiRecognizer(self._model, settings["sample_rate"], phrases)
        recogniser.SetMaxAlternatives(settings["max_alternatives"])
        return recogniser

    def _misbehaves(self, line: ServerConnection, message: str | bytes, heard: int) -> bool:
        """Do what this manner does instead of recognising; whether that is the end of the line."""
        match self.manner:
            case Manner.HANGS:
                self._over.wait(30)
            case Manner.CLOSES_IN_MID_WORD if heard >= _IN_MID_WORD:
                line.socket.shutdown(socket.SHUT_RDWR)
            case Manner.TALKS_NONSENSE if heard >= _IN_MID_WORD:
                line.send('{"weather": ["fine", null]}')
                self._over.wait(5)
            case Manner.ANSWERS_NO_END if isinstance(message, str):
                self._over.wait(30)
            case _:
                return False
        return True
