"""What can be said to a caller: fixed prompts, and the parts of sentences that change."""

from dataclasses import dataclass

from ivr_service.dialogue.prompt_ids import PromptId


@dataclass(frozen=True)
class Prompt:
    """A text of the catalogue."""

    id: PromptId


@dataclass(frozen=True)
class PromptInLanguage:
    """A text of the catalogue of another language than the call's, such as the offer to change to it."""

    id: PromptId
    language: str


@dataclass(frozen=True)
class SpokenNumber:
    """A telephone number read digit by digit, group by group, with a pause between the groups."""

    groups: tuple[str, ...]


@dataclass(frozen=True)
class SpokenKeys:
    """Keys of the telephone, one by one: digits, star and pound."""

    keys: str


@dataclass(frozen=True)
class SpokenCount:
    """How many: a whole number from 0 to 59, said in front of what is counted ("twenty three")."""

    count: int


@dataclass(frozen=True)
class SpokenName:
    """A name from the configuration, synthesised when the configuration was loaded."""

    text: str


@dataclass(frozen=True)
class SpokenRecording:
    """What a caller recorded, by the name that the service gave it."""

    voice: str


@dataclass(frozen=True)
class SpokenMoment:
    """A moment in the caller's local time, ISO 8601 to the minute ("2026-05-04T08:00").

    Said as the time of day alone when it is on the day of `now`, with "tomorrow", the weekday, or the date
    otherwise.
    """

    moment: str
    now: str


Phrase = (
    Prompt
    | PromptInLanguage
    | SpokenNumber
    | SpokenKeys
    | SpokenCount
    | SpokenName
    | SpokenRecording
    | SpokenMoment
)
