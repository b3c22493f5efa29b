"""The settings of options.toml: what can be done with a call besides making it.

Each setting's docstring is what the admin reads about it in docs/configuration.md.
"""

from datetime import time
from enum import StrEnum
from typing import Annotated, Literal

from ivr_service.dialogue.values import OptionCode, QuestionKind, RecordingLayout, SurveyAsked
from ivr_service.policy import forms
from ivr_service.policy.base import Settings


class Notice(StrEnum):
    """When the sides of a call are told that it is recorded."""

    ALWAYS = "always"
    WHERE_REQUIRED = "where-required"


class Recording(Settings):
    """Recording of calls. Both sides are told, and the notice is in the recording."""

    layout: Annotated[RecordingLayout, forms.one_of(*RecordingLayout)] = RecordingLayout.MIXED
    """"mixed" for one channel, or "stereo": the user on the left, the others on the right."""
    notice: Annotated[Notice, forms.one_of(*Notice)] = Notice.ALWAYS
    """"always" tells both sides. "where-required" leaves it out where the area codes of the number and of the
    caller ID are of states in which one side's consent is enough."""
    beep_s: Annotated[int, forms.whole_number(0, 120)] = 0
    """Seconds between the beeps that both sides hear while a call is recorded; 0 for none."""
    max_length_s: Annotated[int, forms.whole_number(40, 86_400)] = 7200
    """Longest recorded call in seconds; its caller is warned 30 seconds before it is ended."""
    min_free_mb: Annotated[int, forms.whole_number(0, 100_000_000)] = 500
    """Megabytes that must be free on the disk; with less a call goes on, but is not recorded."""
    keep_days: Annotated[int, forms.whole_number(1, 3650)] = 90
    """Days after which `ivr-service recordings purge` deletes a recording."""


class Disclaimer(Settings):
    """A text that can be played to whoever is called, before they are connected."""

    id: Annotated[str, forms.IDENTIFIER]
    """What is stored with the call."""
    name: Annotated[str, forms.SPOKEN_NAME]
    """What callers hear when they choose it."""
    text: Annotated[str, forms.SPOKEN_TEXT]
    """What the called side hears, in words: no digits and no symbols."""
    to_caller: Annotated[bool, forms.YES_OR_NO] = False
    """Whether the caller hears it too."""


class Listener(Settings):
    """A colleague who may listen to calls, and whisper to the caller."""

    id: Annotated[str, forms.IDENTIFIER]
    """What mailboxes.toml calls them."""
    name: Annotated[str, forms.SPOKEN_NAME]
    """What callers hear when they choose who listens."""
    extension: Annotated[str, forms.EXTENSION]
    """The extension that is rung; one of the patterns in service.toml."""


class Blocking(Settings):
    """Numbers that nobody may call any more."""

    scope: Annotated[Literal["company", "mailbox"], forms.one_of("company", "mailbox")] = "mailbox"
    """For whom a number is blocked that a caller blocks: for their mailbox, or for everybody."""
    freepbx_blacklist: Annotated[bool, forms.YES_OR_NO] = False
    """Whether what is blocked for everybody goes into FreePBX's blacklist too; it knows no mailboxes."""


class SpeechFailures(Settings):
    """Keeping what was heard wrongly, as recordings of callers' voices with what they turned out to mean."""

    keep_days: Annotated[int, forms.whole_number(1, 365)] = 30
    """Days after which the service deletes a recording."""


class Knowledge(Settings):
    """What is known about a number: told once before its choices, and again at more choices, key 4."""

    say: tuple[
        Annotated[Literal["place", "local_time", "history"], forms.one_of("place", "local_time", "history")],
        ...,
    ] = ("place", "local_time", "history")
    """What is told: where it is, what time it is there, and when it was last called from here."""
    ask_after: Annotated[time, forms.TIME_OF_DAY] | None = None
    """From this time of day at the number on, callers are asked before it is called. Left out: not asked."""
    ask_before: Annotated[time, forms.TIME_OF_DAY] | None = None
    """Until this time of day at the number, callers are asked before it is called. Left out: not asked."""
    warn_abroad: Annotated[bool, forms.YES_OR_NO] = True
    """Whether callers are warned of a number in another country that their mailbox never called."""


class Comfort(Settings):
    """What makes the next call quicker."""

    same_as_last_time: Annotated[bool, forms.YES_OR_NO] = False
    """Whether a call begins with the caller ID and options that its mailbox chose last; they are said."""


class SurveyQuestion(Settings):
    """A question of the survey."""

    id: Annotated[str, forms.IDENTIFIER]
    """What its answers are stored under."""
    kind: Annotated[QuestionKind, forms.one_of(*QuestionKind)]
    """"one-to-five" or "yes-no", answered by keys or words, or "comment", which is recorded."""
    text: Annotated[str, forms.SPOKEN_TEXT]
    """The question in words: no digits and no symbols. Which keys answer it is said after it."""


class Survey(Settings):
    """A few questions after a call. Which mailboxes have it is in mailboxes.toml (survey)."""

    ask: Annotated[SurveyAsked, forms.one_of(*SurveyAsked)] = SurveyAsked.CALLED
    """"called" asks whoever was called, once the user has hung up; "user" asks the user, once the other side
    has."""
    longest_comment_s: Annotated[int, forms.whole_number(5, 300)] = 60
    """Longest comment in seconds."""
    questions: tuple[SurveyQuestion, ...] = ()
    """One [[survey.questions]] table for each, in the order they are asked; ten at most."""


class OptionsFile(Settings):
    """options.toml: what can be done with a call besides making it. The file may be missing."""

    recording: Recording | None = None
    """Left out, no call is recorded."""
    disclaimers: tuple[Disclaimer, ...] = ()
    """One [[disclaimers]] table for each, six at most."""
    listeners: tuple[Listener, ...] = ()
    """One [[listeners]] table for each."""
    survey: Survey | None = None
    """Left out, there are no surveys."""
    codes: dict[Annotated[str, forms.FEATURE_CODE], Annotated[OptionCode, forms.one_of(*OptionCode)]] = {}
    """Feature codes keyed in front of a number, each with what it switches on."""
    redial_code: Annotated[str, forms.REDIAL_CODE] = "0*"
    """The code that calls the number again that this mailbox called last; "" for none. Nothing follows it."""
    blocking: Blocking | None = None
    """Left out, callers cannot block numbers; those that are blocked stay so."""
    speech_failures: SpeechFailures | None = None
    """Left out, no voice is ever kept. Ask who has a say in it first, and see docs/operations.md."""
    pronunciations: dict[Annotated[str, forms.SPOKEN_WORD], Annotated[str, forms.WORD_PRONUNCIATION]] = {}
    """Words of names that the lexicon does not know, or that are said otherwise here, with their sounds."""
    knowledge: Knowledge | None = None
    """Left out, nothing is told about a number, and callers are neither asked nor warned."""
    comfort: Comfort = Comfort()
    """Left out, every key has its default."""
