"""The service API over its socket, with the same client that Asterisk's front end uses."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ivr_service.agi.service_client import (
    CallStart,
    JsonObject,
    Outcome,
    ServiceClient,
    ServiceError,
    UnixAddress,
)
from ivr_service.errors import IvrServiceError
from ivr_service.phone.spoken import Recording, play_into
from ivr_service.service.messages import (
    CallReply,
    KeysEvent,
    OutcomeReply,
    PostOutcome,
    PostTurn,
    SpokenEvent,
    StartCall,
)


class LineError(IvrServiceError):
    """The service cannot be reached, or did not answer as it should."""


@dataclass(frozen=True)
class HttpLine:
    """A ServiceLine over the service's socket. Every method raises LineError when the service fails."""

    client: ServiceClient

    def start(self, request: StartCall) -> CallReply:
        """Begin a call."""
        call = CallStart(**request.model_dump(mode="json"))
        return _reply(lambda: self.client.start(call))

    def turn(self, call_id: str, request: PostTurn) -> CallReply:
        """Take a turn."""
        event = request.event.model_dump(mode="json")
        return _reply(lambda: self.client.post_turn(call_id, request.turn, event))

    def hear(self, call_id: str, turn: int, recording: Recording) -> SpokenEvent | KeysEvent:
        """Say a recording at the question of this turn. Raises RecordingError."""
        return play_into(self.client.speech_line(call_id, turn), recording)

    def outcome(self, call_id: str, request: PostOutcome) -> OutcomeReply:
        """Report how a dial ended."""
        try:
            recorded = self.client.report_outcome(call_id, Outcome(**request.model_dump(mode="json")))
        except ServiceError as error:
            raise LineError(f"The outcome could not be reported: {error}.") from error
        return OutcomeReply(recorded=recorded)


def open_line(state: Path) -> HttpLine:
    """The line to the service that keeps its state in this folder.

    Raises LineError when no service has ever run there, or when its token is not for this user.
    """
    token_file = state / "token"
    try:
        token = token_file.read_text(encoding="ascii").strip()
    except PermissionError as error:
        raise LineError(
            f"You may not read {token_file}. Run this as root, or as a member of the service's group."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise LineError(
            f"The token cannot be read from {token_file}. Start the service first, with 'make run', "
            "or name its folder with --state."
        ) from error
    return HttpLine(ServiceClient(UnixAddress(str(state.resolve() / "service.sock")), token))


def _reply(ask: Callable[[], JsonObject]) -> CallReply:
    try:
        return CallReply.model_validate_json(json.dumps(ask()))
    except ServiceError as error:
        raise LineError(f"The service does not take this call: {error}. {_remedy(error)}") from error
    except ValueError as error:
        raise LineError("The service's answer is not understood; it may be another version.") from error


def _remedy(error: ServiceError) -> str:
    if isinstance(error.__cause__, OSError):
        return "Is it running? Start it, with 'make run' or as docs/operations.md says."
    return "It is there, so ask its /ready what it lacks; docs/operations.md says how."
