"""What is known about a number, and how it is said. Pure."""

from dataclasses import dataclass

from ivr_service.dialogue.phrases import Phrase, Prompt, SpokenCount, SpokenMoment, SpokenName
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.values import DialStatus

_MINUTE_S = 60
_HOUR_S = 3600


@dataclass(frozen=True)
class PastCall:
    """A call to the number: when it was (local, ISO 8601 to the minute), how it ended, seconds it was up."""

    at: str
    status: DialStatus
    answered_s: int = 0


@dataclass(frozen=True)
class Known:
    """What is certain about a number at the moment `now` (local, ISO 8601 to the minute).

    `place` are spoken names, the smallest first. `time_there` is the time at the number, and `late_there` the
    same when it is one at which people are not called without a question. `own` is this mailbox's last call
    to it, and `company` the last one from any other mailbox, when that was later; `is_new` is true when
    nobody here ever called it. `is_unfamiliar` is true for a number in another country (`country`, if its
    name can be said) that this mailbox never called.
    """

    now: str = ""
    place: tuple[str, ...] = ()
    time_there: str = ""
    late_there: str = ""
    is_new: bool = False
    own: PastCall | None = None
    company: PastCall | None = None
    is_unfamiliar: bool = False
    country: str = ""

    @property
    def has_doubts(self) -> bool:
        """Whether the caller is asked once more before this number is called."""
        return bool(self.late_there) or self.is_unfamiliar


def in_short(known: Known) -> tuple[Phrase, ...]:
    """What is said before the choices: where it is, what time it is there, and the last call."""
    if known.own is not None:
        return (*_there(known), *_called(PromptId.KNOWN_YOU_CALLED, known.own, known.now))
    return (*_there(known), *_company(known))


def in_full(known: Known) -> tuple[Phrase, ...]:
    """All of it, or that there is nothing."""
    own = () if known.own is None else _called(PromptId.KNOWN_YOU_CALLED, known.own, known.now)
    told = (*warning(known), *_there(known), *own, *_company(known))
    if known.is_new and not known.is_unfamiliar:
        told = (*told, Prompt(PromptId.KNOWN_NEVER_CALLED))
    return told or (Prompt(PromptId.KNOWN_NOTHING),)


def warning(known: Known) -> tuple[Phrase, ...]:
    """That the number is abroad and was never called from this mailbox; nothing when it is not so."""
    if not known.is_unfamiliar:
        return ()
    where = in_country(known.country) or (Prompt(PromptId.KNOWN_ABROAD),)
    return (*where, Prompt(PromptId.KNOWN_UNFAMILIAR))


def in_country(country: str) -> tuple[Phrase, ...]:
    """Which country a number is in."""
    return (Prompt(PromptId.NUMBER_IS_IN), SpokenName(country)) if country else ()


def doubts(known: Known) -> tuple[Phrase, ...]:
    """Why the caller is asked before this number is called."""
    late = () if not known.late_there else _time(known.late_there)
    return (*warning(known), *late)


def _there(known: Known) -> tuple[Phrase, ...]:
    phrases: list[Phrase] = []
    if known.place:
        phrases += [Prompt(PromptId.KNOWN_PLACE), *map(SpokenName, known.place)]
    if known.time_there:
        phrases += _time(known.time_there)
    return tuple(phrases)


def _time(there: str) -> tuple[Phrase, ...]:
    """The time alone: the day there is the day here or next to it."""
    return (Prompt(PromptId.KNOWN_TIME), SpokenMoment(there, there))


def _company(known: Known) -> tuple[Phrase, ...]:
    return () if known.company is None else _called(PromptId.KNOWN_COMPANY_CALLED, known.company, known.now)


def _called(who: PromptId, call: PastCall, now: str) -> tuple[Phrase, ...]:
    return (Prompt(who), SpokenMoment(call.at, now), *_how_it_ended(call))


def _how_it_ended(call: PastCall) -> tuple[Phrase, ...]:
    match call.status:
        case DialStatus.ANSWERED:
            return _how_long(call.answered_s)
        case DialStatus.BUSY:
            return (Prompt(PromptId.KNOWN_BUSY),)
        case DialStatus.NO_ANSWER:
            return (Prompt(PromptId.ENDED_NO_ANSWER),)
        case DialStatus.FAILED:
            return (Prompt(PromptId.ENDED_FAILED),)
        case DialStatus.CANCELLED | DialStatus.UNKNOWN:
            return ()  # nobody knows for certain


def _how_long(seconds: int) -> tuple[Phrase, ...]:
    if seconds < 2 * _MINUTE_S:
        return (Prompt(PromptId.KNOWN_SHORT),)
    if seconds >= _HOUR_S:
        return (Prompt(PromptId.KNOWN_LONG),)
    minutes = SpokenCount(seconds // _MINUTE_S)
    return (Prompt(PromptId.KNOWN_TOOK), minutes, Prompt(PromptId.KNOWN_MINUTES))
