"""One call, from Asterisk's side: run the service's actions, and tell it what the caller does."""

import os
from typing import TYPE_CHECKING, assert_never

from ivr_service.agi.actions import (
    KEYS,
    Action,
    ActionError,
    Ask,
    Closing,
    Confer,
    Dial,
    HangUp,
    Play,
    Record,
    RecordOutcome,
    SetBlacklist,
    SetCallerId,
    SoundPrompt,
    parse_reply,
)
from ivr_service.agi.blacklist import set_blacklist
from ivr_service.agi.channel import (
    AgiChannel,
    ChannelLostError,
    CommandRefusedError,
    HungUpError,
    MissingSoundError,
    Recorded,
)
from ivr_service.agi.conference import Conference
from ivr_service.agi.configuration import Configuration
from ivr_service.agi.console import complain
from ivr_service.agi.entry import TIMEOUT, KeyEntry
from ivr_service.agi.outcomes import ANNOUNCED, matching, read_outcome
from ivr_service.agi.recording import Recorder, length_option
from ivr_service.agi.service_client import (
    CallStart,
    JsonObject,
    Outcome,
    ServiceClient,
    ServiceError,
)

if TYPE_CHECKING:
    from ivr_service.agi.speech_line import SpeechLine

SURVEY_MODE = "survey"
KINDS = ("callback", "dial_out", SURVEY_MODE)
"""The kinds of calls that are a dialogue."""

RECORDED = "recorded/"
"""How the path of a sound begins that a caller has recorded."""

VOICES = "voices"
"""Where such sounds are, in the folder of the recordings."""

_LONGEST_SAYING_MS = 25_000
"""Longer than the service listens to one answer, so that it has the last word."""

_NOTE_ANNOUNCED = "ivr-announced"
"""The context of the dialplan that notes it."""

_SURVEY = "ivr-survey"
"""The context of the dialplan in which the called side is asked, once the caller has hung up."""

_FOR_THE_CALLED = "_IVR_SURVEY"
"""The one variable that a dialled channel inherits: the underscore is for its channel alone."""

_SURVEY_ID = r"[0-9a-f]{32}-[0-9a-f]{8}"
_PLAIN_NUMBER = r"[A-Za-z0-9*#+._-]{1,40}"
_PLAIN_NAME = r"[\x20-\x7e]{1,80}"
_PRESENTATION = r"[0-9]{1,3}"


class Call:
    """One caller's way through the dialogue."""

    def __init__(
        self,
        channel: AgiChannel,
        client: ServiceClient,
        configuration: Configuration,
        environment: dict[str, str],
    ) -> None:
        self._channel = channel
        self._client = client
        self._prompts = configuration.prompts
        self._voices = f"{configuration.recordings}/{VOICES}"
        self._recorder = Recorder(channel, configuration.recordings, configuration.prompts)
        self._environment = environment
        self._call_id = os.urandom(16).hex()
        self._turn = 0
        self._typed_ahead = ""
        self._may_type_ahead = False
        self._dialled_grants: set[str] = set()
        self._unreported_grant: str | None = None
        self._has_set_caller_id = False
        self._announces = False
        self._conference = Conference(
            channel, self._call_id, configuration.prompts, environment.get("agi_channel", "")
        )

    def run(self, kind: str) -> None:
        """Take the call from start to end. Raises what CannotGoOn names, and RemoteProtocolError."""
        try:
            self._converse(kind)
        except HungUpError:
            self._report_hang_up()

    def _converse(self, kind: str) -> None:
        event: JsonObject | None
        actions = self._start(kind)
        while (event := self._execute(actions)) is not None:
            actions = self._take_turn(event)

    # The service

    def _start(self, kind: str) -> tuple[Action, ...]:
        """Name the call in the channel first, so that it is reported even if this process dies right after.

        The variables of an earlier call on the same channel are cleared: after it the caller may have gone
        back to the mailbox and come here again.
        """
        call = self._describe(kind)
        for name, value in (
            ("IVR_RESULT", ""),
            ("IVR_REPORTED", ""),
            ("IVR_GRANT", ""),
            ("IVR_CALL_ID", self._call_id),
        ):
            self._channel.set_variable(name, value)
        return self._actions_of(self._client.start(call))

    def _describe(self, kind: str) -> CallStart:
        phone = self._environment.get("agi_callerid", "")
        return CallStart(
            call_id=self._call_id,
            kind=kind,
            extension=self._environment.get("agi_extension", ""),
            mailbox=self._channel.get_variable("IVR_MAILBOX"),
            context=self._channel.get_variable("IVR_CONTEXT"),
            origin="inside" if self._channel.get_variable("IVR_ORIGIN") == "inside" else "outside",
            phone="" if phone == "unknown" else phone,
            survey=matching(_SURVEY_ID, self._channel.get_variable("IVR_SURVEY"))
            if kind == SURVEY_MODE
            else "",
        )

    def _take_turn(self, event: JsonObject) -> tuple[Action, ...]:
        self._turn += 1
        return self._actions_of(self._client.post_turn(self._call_id, self._turn, event))

    def _actions_of(self, reply: JsonObject) -> tuple[Action, ...]:
        """Read the actions; keep the keys that came meanwhile only if the caller is plainly ahead of us."""
        heard = self._channel.take_heard_keys()
        self._typed_ahead = self._typed_ahead + heard if self._may_type_ahead else ""
        return parse_reply(reply, call_id=self._call_id, turn=self._turn)

    # The actions

    def _execute(self, actions: tuple[Action, ...]) -> JsonObject | None:
        """Run the actions in order; return what to tell the service, or None when the call is over."""
        for action in actions:
            if isinstance(action, SetBlacklist):  # the service has noted it, whether the caller stays or not
                self._set_blacklist(action)
                continue
            self._channel.check_caller_is_there()
            match action:
                case Play(prompts):
                    self._play(prompts)
                case SetCallerId(number, name):
                    self._present(number, name, "allowed_passed_screen")
                case Dial():
                    self._dial(action)
                case _:
                    return self._close(action)
        raise ActionError("the list has no closing action")

    def _close(self, action: Closing) -> JsonObject | None:
        match action:
            case Ask():
                return self._ask(action)
            case Record():
                return self._record(action)
            case Confer():
                return self._confer(action)
            case RecordOutcome(grant_id):
                return self._record_outcome(grant_id)
            case HangUp(result):
                self._leave(result)
                return None
            case _:
                assert_never(action)

    def _set_blacklist(self, action: SetBlacklist) -> None:
        """No call ends because Asterisk's database could not be written."""
        try:
            set_blacklist(self._channel, action)
        except CommandRefusedError as error:
            complain(error, str(error))

    def _play(self, prompts: tuple[SoundPrompt, ...]) -> None:
        """Play something that must be heard: nothing typed before it may answer what comes after it."""
        self._typed_ahead = ""
        for prompt in prompts:
            self._play_one(prompt)

    def _ask(self, ask: Ask) -> JsonObject:
        if ask.heed_lead:
            self._typed_ahead = ""
        entry = KeyEntry(ask)
        self._use_typed_ahead(entry)
        if not entry.has_begun:
            words = self._ask_aloud(ask, entry)
            if words is not None:
                self._may_type_ahead = False
                return words
        while entry.ended_by is None:
            key = self._channel.wait_for_key(entry.timeout_ms)
            if key:
                entry.press(key)
            else:
                entry.time_out()
        # Keys beyond a secret answer may be part of the secret: they must not answer an open question.
        self._may_type_ahead = entry.ended_by != TIMEOUT and not ask.secret
        return {"type": "keys", "keys": entry.keys, "ended_by": entry.ended_by}

    def _use_typed_ahead(self, entry: KeyEntry) -> None:
        while self._typed_ahead and entry.ended_by is None:
            entry.press(self._typed_ahead[0])
            self._typed_ahead = self._typed_ahead[1:]

    def _ask_aloud(self, ask: Ask, entry: KeyEntry) -> JsonObject | None:
        """Play the prompts until a key or a word; return what was understood of the words, if any."""
        line = self._open_speech_line(ask)
        if line is None:
            self._play_until_a_key(ask.prompts, entry, None)
            return None
        self._channel.send_voice_to(line)
        try:
            self._play_until_a_key(ask.prompts, entry, line)
            line.prompt_ended()
            self._await_words(line, entry)
        finally:
            self._channel.send_voice_to(None)
            line.close()
        return line.event if not entry.has_begun else None

    def _open_speech_line(self, ask: Ask) -> "SpeechLine | None":
        if not (ask.listen and self._channel.can_hear()):
            return None
        return self._client.speech_line(self._call_id, self._turn)

    def _await_words(self, line: "SpeechLine", entry: KeyEntry) -> None:
        """Wait for a key or the end of the line, which is over soon when the service does not listen."""
        if not entry.has_begun and not line.is_over:
            entry.press(self._channel.wait_for_key_or_words(_LONGEST_SAYING_MS + entry.timeout_ms))
        if line.was_silent and not entry.has_begun:
            entry.time_out()

    def _play_until_a_key(
        self, prompts: tuple[SoundPrompt, ...], entry: KeyEntry, line: "SpeechLine | None"
    ) -> None:
        for prompt in prompts:
            if line is not None and line.has_begun:
                return
            entry.press(self._play_one(prompt, KEYS))
            if entry.has_begun:
                return

    def _record(self, record: Record) -> JsonObject:
        """No call ends because nothing could be recorded: the service hears of it."""
        self._typed_ahead, self._may_type_ahead = "", False
        try:
            recorded = self._channel.record(
                f"{self._voices}/{record.name}",
                escape_keys=KEYS,
                longest_s=record.longest_s,
                silence_s=record.silence_s,
                beep=record.beep,
            )
        except CommandRefusedError as error:
            complain(error, str(error))
            recorded = Recorded("", 0, is_written=False)
        return {"type": "recorded", **recorded._asdict()}

    def _play_one(self, prompt: SoundPrompt, escape_keys: str = "") -> str:
        """Play a sound. What a caller recorded may have been deleted by now, and is left out then."""
        try:
            return self._channel.play(self._path(prompt), escape_keys=escape_keys)
        except MissingSoundError:
            if prompt.sound.startswith(RECORDED):
                return ""
            raise

    def _path(self, prompt: SoundPrompt) -> str:
        if prompt.sound.startswith(RECORDED):
            return f"{self._voices}/{prompt.sound.removeprefix(RECORDED)}"
        return f"{self._prompts}/{prompt.sound}"

    def _dial(self, dial: Dial) -> None:
        if dial.grant_id in self._dialled_grants:
            raise ActionError("a grant is for one dial")
        self._dialled_grants.add(dial.grant_id)
        self._may_type_ahead = False
        self._channel.set_variable("DIALSTATUS", "")
        if dial.announcement is not None:
            self._announces = True
            self._channel.set_variable(ANNOUNCED, "")
        self._channel.set_variable("IVR_GRANT", dial.grant_id)
        self._unreported_grant = dial.grant_id
        if dial.listener is not None:
            self._conference.ring_listener(dial.listener)
        if dial.recording is not None:
            self._recorder.start(dial.recording)
        if dial.survey is not None:
            self._channel.set_variable(_FOR_THE_CALLED, dial.survey)
        self._channel.dial(
            f"{dial.dial_string},{dial.ring_s},{self._dial_options(dial)}",
            longest_s=dial.ring_s + dial.max_length_s,
        )
        if dial.survey is not None:
            self._channel.set_variable(_FOR_THE_CALLED, "")
        if dial.recording is not None:
            self._recorder.stop()

    def _confer(self, confer: Confer) -> JsonObject:
        """Let several people talk. Each leg reports its own outcome, so there is none to report here."""
        self._may_type_ahead = False
        if confer.recording is not None:
            self._recorder.start(confer.recording)
        if confer.announcement_to_caller is not None:
            self._channel.play(self._path(confer.announcement_to_caller))
        for leg in confer.legs:
            if leg.grant_id in self._dialled_grants:
                raise ActionError("a grant is for one dial")
            self._dialled_grants.add(leg.grant_id)
            self._conference.ring(leg)
        if confer.listener is not None:
            self._conference.ring_listener(confer.listener)
        self._conference.run(max(leg.ring_s + leg.max_length_s for leg in confer.legs))
        if confer.recording is not None:
            self._recorder.stop()
        return {"type": "conference_ended"}

    def _dial_options(self, dial: Dial) -> str:
        """Return the options of Asterisk's Dial (app_dial.c).

        g: go on here when the other side hangs up. S or L: end the call after so long. A: play this to the
        called side, and that to the caller, before they are connected. U: then note that it was heard.
        F: when the caller hangs up, the called side goes on there.
        """
        options = f"g{length_option(dial.recording, dial.max_length_s)}"
        if dial.survey is not None:
            options += f"F({_SURVEY}^s^1)"
        if dial.announcement is None:
            return options
        sounds = self._path(dial.announcement)
        if dial.announcement_to_caller is not None:
            sounds = f"{sounds}:{self._path(dial.announcement_to_caller)}"
        return f"{options}A({sounds})U({_NOTE_ANNOUNCED})"

    def _present(self, number: str, name: str, presentation: str) -> None:
        self._has_set_caller_id = True
        self._channel.set_variable("CALLERID(num)", number)
        self._channel.set_variable("CALLERID(name)", name)
        self._channel.set_variable("CALLERID(pres)", presentation)

    def _present_the_phone_again(self) -> None:
        """Undo set_caller_id: the next dial may be an emergency call, which shows the phone's own number."""
        if not self._has_set_caller_id:
            return
        self._present(
            matching(_PLAIN_NUMBER, self._own("agi_callerid")),
            matching(_PLAIN_NAME, self._own("agi_calleridname")),
            matching(_PRESENTATION, self._own("agi_callingpres")) or "0",
        )
        self._has_set_caller_id = False

    def _own(self, name: str) -> str:
        value = self._environment.get(name, "")
        return "" if value == "unknown" else value

    def _record_outcome(self, grant_id: str) -> JsonObject:
        outcome = read_outcome(self._channel, grant_id, announces=self._announces)
        self._announces = False
        self._present_the_phone_again()
        self._report_outcome(outcome)
        return {"type": "dial_ended", "grant_id": grant_id, "dial_status": outcome.dial_status}

    def _report_outcome(self, outcome: Outcome) -> None:
        self._client.report_outcome(self._call_id, outcome)
        self._unreported_grant = None

    def _leave(self, result: str) -> None:
        self._channel.set_variable("IVR_REPORTED", "yes")
        self._channel.set_variable("IVR_RESULT", result)

    # The end that the caller chose

    def _report_hang_up(self) -> None:
        """Report the dial, if one was made, and the hang-up. What fails here is done again by `h`."""
        try:
            if self._unreported_grant is not None:
                self._report_outcome(self._read_outcome_of_the_lost(self._unreported_grant))
            self._client.post_turn(self._call_id, None, {"type": "hung_up"})
            self._channel.set_variable("IVR_REPORTED", "yes")
        except (ServiceError, CommandRefusedError, HungUpError):
            return

    def _read_outcome_of_the_lost(self, grant_id: str) -> Outcome:
        try:
            return read_outcome(self._channel, grant_id, announces=self._announces)
        except ChannelLostError:
            return Outcome(grant_id, "", 0, 0)
