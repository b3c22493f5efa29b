"""What Asterisk starts: one mode of one call, and an apology for whatever goes wrong.

The front end decides nothing and never dials on its own. Whatever goes wrong, with the service, its answer or
in here, the caller hears the local apology and the dialplan ends the call.
"""

import signal

from ivr_service.agi.actions import ActionError
from ivr_service.agi.call import KINDS, SURVEY_MODE, Call
from ivr_service.agi.channel import (
    AgiChannel,
    CommandRefusedError,
    HungUpError,
    MissingSoundError,
)
from ivr_service.agi.codec import LocalProtocolError, RemoteProtocolError
from ivr_service.agi.configuration import (
    DEFAULT_APOLOGY,
    Configuration,
    ConfigurationError,
    read_configuration,
    read_token,
)
from ivr_service.agi.console import complain
from ivr_service.agi.inbound import IMPATIENT, check_caller, end_in_time
from ivr_service.agi.outcomes import report_killed_call, report_leg
from ivr_service.agi.service_client import (
    ServiceClient,
    ServiceError,
    Timing,
    UnixAddress,
    Wait,
    wait_for_socket,
)

HANGUP_MODE = "hangup"
LEG_MODE = "leg"
INBOUND_MODE = "inbound"
_UNHEARD = (HANGUP_MODE, LEG_MODE, INBOUND_MODE, SURVEY_MODE)
"""Nobody is there to hear an apology, or it is not for them."""

MODES = (*KINDS, HANGUP_MODE, LEG_MODE, INBOUND_MODE)

_AUDIO_DESCRIPTOR = 3
_LAST_RESORT_SOUND = "vm-goodbye"

CannotGoOn = (
    ServiceError,
    ActionError,
    ConfigurationError,
    MissingSoundError,
    CommandRefusedError,
    LocalProtocolError,
)


def apologise(channel: AgiChannel, sound: str) -> None:
    """Say that something went wrong and leave. The dialplan hangs up, because IVR_RESULT is not "mailbox"."""
    try:
        channel.set_variable("IVR_RESULT", "failed")
        try:
            channel.play(sound)
        except (MissingSoundError, LocalProtocolError):
            channel.play(_LAST_RESORT_SOUND)
    except (HungUpError, MissingSoundError, CommandRefusedError):
        return


class FrontEnd:
    """The process that Asterisk starts: one channel, one mode, one exit status."""

    def __init__(self, channel: AgiChannel, timing: Timing) -> None:
        self._channel = channel
        self._timing = timing
        self._apology = DEFAULT_APOLOGY

    def run(self, mode: str) -> int:
        """Run the whole call; return the exit status, 0 unless Asterisk could not be understood."""
        try:
            environment = self._channel.read_environment()
            if environment.get("agi_enhanced") == "1.0":
                self._channel.take_audio_from(_AUDIO_DESCRIPTOR)
            self._run_mode(mode, environment)
        except HungUpError:
            return 0
        except RemoteProtocolError as error:
            complain(error, str(error))
            return 1
        except CannotGoOn as error:
            complain(error, str(error))
            return self._end_safely(mode)
        except Exception as error:  # noqa: BLE001 - the outermost shell: whatever it was, the apology is right
            complain(error, "not foreseen")
            return self._end_safely(mode)
        return 0

    def _run_mode(self, mode: str, environment: dict[str, str]) -> None:
        configuration = read_configuration()
        self._apology = configuration.apology
        if mode == HANGUP_MODE:
            report_killed_call(self._channel, self._client(configuration, self._timing))
        elif mode == LEG_MODE:
            report_leg(self._channel, self._client(configuration, self._timing))
        elif mode == INBOUND_MODE:
            check_caller(self._channel, self._client(configuration, IMPATIENT), environment)
        elif mode in KINDS:
            client = self._client(configuration, self._timing, wait=self._channel.wait)
            Call(self._channel, client, configuration, environment).run(mode)
        else:
            raise ConfigurationError(f"the argument must be one of {', '.join(MODES)}")

    def _client(
        self, configuration: Configuration, timing: Timing, wait: Wait = wait_for_socket
    ) -> ServiceClient:
        return ServiceClient(
            UnixAddress(configuration.socket),
            read_token(configuration.token_file),
            timing=timing,
            wait=wait,
        )

    def _end_safely(self, mode: str) -> int:
        if mode in _UNHEARD:
            return 1
        try:
            apologise(self._channel, self._apology)
        except RemoteProtocolError as error:
            complain(error, str(error))
            return 1
        return 0


def main(arguments: list[str], *, timing: Timing | None = None) -> int:
    """Run as an AGI script on descriptors 0 and 1. `arguments` are the mode, one of MODES."""
    mode = arguments[0] if arguments else ""
    if mode == INBOUND_MODE:
        end_in_time()
    channel = AgiChannel(0, 1)
    signal.signal(signal.SIGHUP, lambda _number, _frame: channel.note_hang_up())
    return FrontEnd(channel, timing or Timing()).run(mode)
