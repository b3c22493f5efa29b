"""The closed set of things the service can tell a front end to do, and the strict way in from JSON.

The front end executes nothing else. Whatever is unknown, missing, of another type, out of range, or out of
order raises `ActionError`, and the call ends without a dial.
"""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

KEYS = "0123456789*#"
MAX_ACTIONS = 32
MAX_PROMPTS = 200
_FEWEST_LEGS = 2
_MOST_LEGS = 10

_SOUND = r"[a-z0-9][a-z0-9/_-]{0,99}"
_DIAL_STRING = r"[A-Za-z0-9/@+._:-]{1,128}"
_VOICE = r"[0-9a-f]{32}-[0-9]{1,5}"
_RECORDING = r"[0-9a-f]{32}-[0-9a-f]{8}"
_SURVEY = r"[0-9a-f]{32}-[0-9a-f]{8}"
_LAYOUT = r"mixed|stereo"
_GRANT_ID = r"[0-9a-f]{1,64}"
_CALLER_NUMBER = r"\+?[0-9]{1,20}"
_CALLER_NAME = r"[A-Za-z0-9 .'-]{0,80}"
_BLACKLIST_KEY = r"[0-9]{7,15}"
_TERMINATOR = r"[0-9*#]?"
_STOP_KEYS = r"[0-9*#]{0,12}"
_ANY_TEXT = r"(?s:.{0,1000})"


class ActionError(Exception):
    """The service's reply is not a list of actions that may be executed."""


class SoundPrompt(NamedTuple):
    """One recording: its path below the prompts directory without .wav, and what it says.

    "recorded/NAME" is what a caller has recorded.
    """

    sound: str
    text: str


class Play(NamedTuple):
    """Play all prompts; keys do not interrupt."""

    prompts: tuple[SoundPrompt, ...]


class Ask(NamedTuple):
    """Play the prompts until the first key, and take keys. Times are milliseconds.

    The answer is complete at `max_digits` keys, at the `terminator` (empty for none), at once when its first
    key is one of `stop_keys`, or when no key comes in time. A `secret` answer is never shown or kept.
    With `heed_lead` the prompts begin with something the caller must not miss (an error, a refusal): keys
    pressed before they started do not count. With `listen` the caller's voice may be sent to the service.
    """

    prompts: tuple[SoundPrompt, ...]
    max_digits: int
    terminator: str
    stop_keys: str
    first_digit_timeout_ms: int
    inter_digit_timeout_ms: int
    words: tuple[str, ...]
    secret: bool
    heed_lead: bool
    listen: bool


class Record(NamedTuple):
    """Record what the caller says under this name; it ends at a key or after so many seconds of silence."""

    name: str
    longest_s: int
    silence_s: int
    beep: bool


class SetCallerId(NamedTuple):
    """Present this number and name with the dial that follows."""

    number: str
    name: str


class SetBlacklist(NamedTuple):
    """Put a number in FreePBX's blacklist in Asterisk's database, or take it out."""

    number: str
    blocked: bool


class Recording(NamedTuple):
    """How a call is recorded: to files of this name, "mixed" or "stereo", beeping every `beep_s` seconds.

    0 is no beep. `paused` and `goes_on` answer the caller's key. `ends_soon` warns of the end, where the
    recording sets it.
    """

    name: str
    layout: str
    beep_s: int
    paused: SoundPrompt
    goes_on: SoundPrompt
    ends_soon: SoundPrompt | None


class Leg(NamedTuple):
    """One of several dials of a call; `caller_id` is empty for the phone's own. Times are seconds."""

    grant_id: str
    dial_string: str
    ring_s: int
    max_length_s: int
    caller_id: str
    caller_id_name: str
    announcement: SoundPrompt | None


class Dial(NamedTuple):
    """Dial as granted, and ring a listener meanwhile. Times are seconds.

    `announcement` is what the called side hears before it is connected, `announcement_to_caller` what the
    caller hears meanwhile. With `survey`, which names it, the called side is asked when the
    caller has hung up.
    """

    grant_id: str
    dial_string: str
    ring_s: int
    max_length_s: int
    recording: Recording | None = None
    announcement: SoundPrompt | None = None
    announcement_to_caller: SoundPrompt | None = None
    listener: Leg | None = None
    survey: str | None = None


class Confer(NamedTuple):
    """Ring all the legs, and let those who answer and the caller talk with each other.

    With a `listener` that leg listens, and is heard by the caller only.
    """

    legs: tuple[Leg, ...]
    recording: Recording | None
    announcement_to_caller: SoundPrompt | None
    listener: Leg | None


class RecordOutcome(NamedTuple):
    """Report how the dial ended, then go on with the next turn."""

    grant_id: str


class HangUp(NamedTuple):
    """Leave; the dialplan reads `result` ("mailbox" or "hang_up") and does the rest."""

    result: str


Closing = Ask | Record | Confer | RecordOutcome | HangUp
"""What ends a list of actions."""

Action = Play | SetCallerId | SetBlacklist | Dial | Closing


class _Fields:
    """A JSON object that is read field by field, each exactly once."""

    def __init__(self, value: object) -> None:
        if type(value) is not dict:
            raise ActionError("an object was expected")
        self._fields: dict[str, object] = dict(value)

    def take(self, name: str) -> object:
        try:
            return self._fields.pop(name)
        except KeyError:
            raise ActionError(f"{name} is missing") from None

    def has(self, name: str) -> bool:
        return name in self._fields

    def text(self, name: str, form: str) -> str:
        value = self.take(name)
        if type(value) is not str or not re.fullmatch(form, value):
            raise ActionError(f"{name} has not the form it must have")
        return value

    def whole_number(self, name: str, *, lowest: int, highest: int) -> int:
        value = self.take(name)
        if type(value) is not int or not lowest <= value <= highest:
            raise ActionError(f"{name} is not a whole number from {lowest} to {highest}")
        return value

    def yes_or_no(self, name: str) -> bool:
        value = self.take(name)
        if type(value) is not bool:
            raise ActionError(f"{name} is not true or false")
        return value

    def items(self, name: str, *, most: int) -> list[object]:
        value = self.take(name)
        if type(value) is not list or len(value) > most:
            raise ActionError(f"{name} is not a list of at most {most} items")
        return value

    def end(self) -> None:
        if self._fields:
            raise ActionError("an object has a field that is not known")


def parse_reply(reply: object, *, call_id: str, turn: int) -> tuple[Action, ...]:
    """Return the actions of the service's answer to this turn of this call.

    Raises ActionError, also for an answer to another call or turn.
    """
    fields = _Fields(reply)
    if fields.take("call_id") != call_id:
        raise ActionError("the reply is about another call")
    if fields.whole_number("turn", lowest=0, highest=1_000_000) != turn:
        raise ActionError("the reply is about another turn")
    actions = tuple(_parse_action(item) for item in fields.items("actions", most=MAX_ACTIONS))
    if fields.has("refusal"):
        fields.take("refusal")  # for people who look on; the caller hears it in the prompts
    fields.end()
    _check_order(actions)
    return actions


def _parse_action(value: object) -> Action:
    fields = _Fields(value)
    kind = fields.take("do")
    parser = _PARSERS.get(kind) if type(kind) is str else None
    if parser is None:
        raise ActionError("an action is not known")
    action = parser(fields)
    fields.end()
    return action


def _check_order(actions: tuple[Action, ...]) -> None:
    """Exactly one closing action, at the end; a dial only right before its own record_outcome."""
    if not actions or not isinstance(actions[-1], Closing):
        raise ActionError("the list does not end in ask, record, confer, record_outcome or hang_up")
    for action, following in pairwise(actions):
        if isinstance(action, Closing):
            raise ActionError("an action follows one that must be the last")
        if isinstance(action, SetCallerId) and not isinstance(following, Dial):
            raise ActionError("set_caller_id is not followed by a dial")
        if isinstance(action, Dial) and not _records(following, action):
            raise ActionError("a dial is not followed by its record_outcome")
    if isinstance(actions[-1], RecordOutcome) and not (len(actions) > 1 and isinstance(actions[-2], Dial)):
        raise ActionError("record_outcome does not follow a dial")


def _records(action: Action, dial: Dial) -> bool:
    return isinstance(action, RecordOutcome) and action.grant_id == dial.grant_id


def _parse_prompts(fields: _Fields) -> tuple[SoundPrompt, ...]:
    return tuple(_parse_prompt(item) for item in fields.items("prompts", most=MAX_PROMPTS))


def _parse_prompt(value: object) -> SoundPrompt:
    fields = _Fields(value)
    sound = fields.text("sound", _SOUND)
    if "//" in sound or sound.endswith("/"):
        raise ActionError("sound is not a path below the prompts directory")
    text = fields.text("text", _ANY_TEXT)
    fields.end()
    return SoundPrompt(sound, text)


def _parse_words(fields: _Fields) -> tuple[str, ...]:
    words: list[str] = []
    for item in fields.items("words", most=500):
        if type(item) is not str or not re.fullmatch(_ANY_TEXT, item):
            raise ActionError("words holds something that is not a text")
        words.append(item)
    return tuple(words)


def _parse_play(fields: _Fields) -> Play:
    return Play(_parse_prompts(fields))


def _parse_ask(fields: _Fields) -> Ask:
    return Ask(
        prompts=_parse_prompts(fields),
        max_digits=fields.whole_number("max_digits", lowest=1, highest=64),
        terminator=fields.text("terminator", _TERMINATOR),
        stop_keys=fields.text("stop_keys", _STOP_KEYS),
        first_digit_timeout_ms=fields.whole_number("first_digit_timeout_ms", lowest=100, highest=60_000),
        inter_digit_timeout_ms=fields.whole_number("inter_digit_timeout_ms", lowest=100, highest=60_000),
        words=_parse_words(fields),
        secret=fields.yes_or_no("secret"),
        heed_lead=fields.yes_or_no("heed_lead"),
        # A service of the version before does not know it, and may still run during an upgrade.
        listen=fields.has("listen") and fields.yes_or_no("listen"),
    )


def _parse_record(fields: _Fields) -> Record:
    return Record(
        name=fields.text("name", _VOICE),
        longest_s=fields.whole_number("longest_s", lowest=1, highest=600),
        silence_s=fields.whole_number("silence_s", lowest=1, highest=60),
        beep=fields.yes_or_no("beep"),
    )


def _parse_set_caller_id(fields: _Fields) -> SetCallerId:
    return SetCallerId(fields.text("number", _CALLER_NUMBER), fields.text("name", _CALLER_NAME))


def _parse_set_blacklist(fields: _Fields) -> SetBlacklist:
    return SetBlacklist(fields.text("number", _BLACKLIST_KEY), fields.yes_or_no("blocked"))


def _parse_dial(fields: _Fields) -> Dial:
    return Dial(
        grant_id=fields.text("grant_id", _GRANT_ID),
        dial_string=fields.text("dial_string", _DIAL_STRING),
        ring_s=fields.whole_number("ring_s", lowest=1, highest=600),
        max_length_s=fields.whole_number("max_length_s", lowest=1, highest=86_400),
        # A service of the version before does not send these.
        recording=_parse_recording(fields),
        announcement=_parse_optional_prompt(fields, "announcement"),
        announcement_to_caller=_parse_optional_prompt(fields, "announcement_to_caller"),
        listener=_parse_optional_leg(fields, "listener"),
        survey=_parse_survey(fields),
    )


def _parse_survey(fields: _Fields) -> str | None:
    if not fields.has("survey"):
        return None
    value = fields.take("survey")
    if value is not None and not (type(value) is str and re.fullmatch(_SURVEY, value)):
        raise ActionError("survey has not the form it must have")
    return value


def _parse_recording(fields: _Fields) -> Recording | None:
    value = fields.take("recording") if fields.has("recording") else None
    if value is None:
        return None
    inner = _Fields(value)
    recording = Recording(
        name=inner.text("name", _RECORDING),
        layout=inner.text("layout", _LAYOUT),
        beep_s=inner.whole_number("beep_s", lowest=0, highest=120),
        paused=_parse_prompt(inner.take("paused")),
        goes_on=_parse_prompt(inner.take("goes_on")),
        ends_soon=_parse_optional_prompt(inner, "ends_soon"),
    )
    inner.end()
    return recording


def _parse_optional_prompt(fields: _Fields, name: str) -> SoundPrompt | None:
    value = fields.take(name) if fields.has(name) else None
    return None if value is None else _parse_prompt(value)


def _parse_leg(value: object) -> Leg:
    fields = _Fields(value)
    leg = Leg(
        grant_id=fields.text("grant_id", _GRANT_ID),
        dial_string=fields.text("dial_string", _DIAL_STRING),
        ring_s=fields.whole_number("ring_s", lowest=1, highest=600),
        max_length_s=fields.whole_number("max_length_s", lowest=1, highest=86_400),
        caller_id=fields.text("caller_id", f"(?:{_CALLER_NUMBER})?"),
        caller_id_name=fields.text("caller_id_name", _CALLER_NAME),
        announcement=_parse_optional_prompt(fields, "announcement"),
    )
    fields.end()
    return leg


def _parse_optional_leg(fields: _Fields, name: str) -> Leg | None:
    value = fields.take(name) if fields.has(name) else None
    return None if value is None else _parse_leg(value)


def _parse_confer(fields: _Fields) -> Confer:
    legs = tuple(_parse_leg(item) for item in fields.items("legs", most=_MOST_LEGS))
    if len(legs) < _FEWEST_LEGS:
        raise ActionError("a conference has fewer than two legs")
    return Confer(
        legs,
        _parse_recording(fields),
        _parse_optional_prompt(fields, "announcement_to_caller"),
        _parse_optional_leg(fields, "listener"),
    )


def _parse_record_outcome(fields: _Fields) -> RecordOutcome:
    return RecordOutcome(fields.text("grant_id", _GRANT_ID))


def _parse_hang_up(fields: _Fields) -> HangUp:
    result = fields.take("result")
    if result == "mailbox":
        return HangUp("mailbox")
    if result == "hang_up":
        return HangUp("hang_up")
    raise ActionError("result is neither mailbox nor hang_up")


_PARSERS: dict[str, Callable[[_Fields], Action]] = {
    "play": _parse_play,
    "ask": _parse_ask,
    "record": _parse_record,
    "set_caller_id": _parse_set_caller_id,
    "set_blacklist": _parse_set_blacklist,
    "dial": _parse_dial,
    "confer": _parse_confer,
    "record_outcome": _parse_record_outcome,
    "hang_up": _parse_hang_up,
}
