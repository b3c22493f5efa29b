"""A server to be started, signalled and killed by test_web_server. Arguments: state, configuration, port."""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from ivr_service.dialogue.values import CallResult
from ivr_service.errors import IvrServiceError
from ivr_service.logs import configure_logging
from ivr_service.service.listening import ListenerUpdate
from ivr_service.service.messages import (
    AskAction,
    AskInbound,
    CallReply,
    HangUpAction,
    InboundReply,
    OutcomeReply,
    PartState,
    PostOutcome,
    PostTurn,
    SpokenEvent,
    StartCall,
    WordsEvent,
)
from ivr_service.service.settings_store import SettingsStore
from ivr_service.web.application import create_app
from ivr_service.web.metrics import Metrics
from ivr_service.web.server import ServedApplication, ServerSettings, run_server, sole_server
from ivr_service.web.speech import SpeechServer, speech_socket

TOKEN = "t" * 43


@dataclass
class SlowCalls:
    """Says which caller IDs are configured; a turn with the words "wait" waits for a file `go`."""

    settings: SettingsStore
    metrics: Metrics
    state: Path

    def start(self, request: StartCall) -> CallReply:
        self.metrics.call_started(request.kind)
        names = tuple(known.name for known in self.settings.current.settings.caller_ids.caller_ids)
        return CallReply(
            call_id=request.call_id, turn=0, actions=(AskAction(prompts=(), max_digits=1, words=names),)
        )

    def turn(self, call_id: str, request: PostTurn) -> CallReply:
        if request.event == WordsEvent(words="wait"):
            (self.state / "waiting").touch()
            while not (self.state / "go").exists():
                time.sleep(0.01)
        return CallReply(
            call_id=call_id, turn=request.turn or 0, actions=(HangUpAction(result=CallResult.HANG_UP),)
        )

    def outcome(self, call_id: str, request: PostOutcome) -> OutcomeReply:
        return OutcomeReply(recorded=True)

    def inbound(self, request: AskInbound) -> InboundReply:
        return InboundReply(blocked=False)


class ToldListener:
    """Does what the first byte of the audio says: nothing, begin, a last begin, understand, fail, hang."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.longest_s = 20.0

    def feed(self, pcm: bytes) -> ListenerUpdate:
        match pcm[:1]:
            case b"b":
                return ListenerUpdate(speech_began=True)
            case b"l":
                self.longest_s = 0.5
                return ListenerUpdate(speech_began=True)
            case b"u":
                return ListenerUpdate(event=SpokenEvent(heard=()))
            case b"f":
                raise IvrServiceError("the recogniser failed")
            case b"x":
                raise ValueError("not foreseen")
            case b"h":
                while not (self.state / "go").exists():
                    time.sleep(0.01)
            case _:
                pass
        return ListenerUpdate()

    def prompt_ended(self) -> ListenerUpdate:
        return ListenerUpdate(nothing=True)

    def close(self) -> None:
        with (self.state / "closed-listeners").open("a") as file:
            file.write("x")


@dataclass
class ToldSpeech:
    """Listens to every call."""

    state: Path

    def listen(self, call_id: str, turn: int) -> ToldListener:
        return ToldListener(self.state)


def main() -> None:
    state, configuration, *port = sys.argv[1:]
    directory = Path(state)

    def factory() -> ServedApplication:
        settings = SettingsStore(Path(configuration), directory / "last-good")
        metrics = Metrics()
        calls = SlowCalls(settings, metrics, directory)
        readiness = {"configuration": lambda: PartState.DEGRADED if settings.problems() else PartState.OK}
        app = create_app(calls, token=TOKEN, readiness=readiness, metrics=metrics)
        voices = SpeechServer(listening, ToldSpeech(directory), TOKEN)
        voices.start()

        def close() -> None:
            voices.stop()
            (directory / "closed").touch()

        return ServedApplication(app, close)

    configure_logging("info")
    settings = ServerSettings(directory, workers=2, threads=4, tcp_port=int(port[0]) if port else None)
    try:
        with sole_server(settings.state), speech_socket(settings.state) as listening:
            run_server(settings, factory)
    except IvrServiceError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
