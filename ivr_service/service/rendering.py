"""From what the core puts out to the messages that the front end carries out."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Protocol, assert_never

from ivr_service.dialogue.actions import Action, Ask, Confer, Dial, HangUp, Play, Record
from ivr_service.dialogue.phrases import Phrase, Prompt
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.state import CallState
from ivr_service.dialogue.values import DialGrant, GrantedRecording
from ivr_service.service.messages import (
    ActionMessage,
    AskAction,
    CallLeg,
    CallRecording,
    ConferAction,
    DialAction,
    HangUpAction,
    PlayAction,
    PromptSound,
    RecordAction,
    RecordOutcomeAction,
    SetCallerIdAction,
)


class RenderedSound(Protocol):
    """A sound file below the prompts directory, without its ending, and the text it says."""

    @property
    def sound(self) -> str:
        """The path."""

    @property
    def text(self) -> str:
        """The text."""


class PromptRenderer(Protocol):
    """Turns phrases into sounds. Raises IvrServiceError when a sound is missing."""

    def render(self, phrases: Sequence[Phrase], language: str) -> Iterable[RenderedSound]:
        """The sounds to play, in order."""

    def can_say(self, name: str, language: str) -> bool:
        """Whether a name has a sound."""

    def render_as_one(self, phrases: Sequence[Phrase], language: str) -> RenderedSound:
        """The one sound that says them all."""


def render_actions(
    outputs: Iterable[Action], state: CallState, prompts: PromptRenderer, voice: str
) -> tuple[ActionMessage, ...]:
    """The messages for a list of actions, in the language that the caller hears now.

    Whoever is called hears the mailbox's own language: a caller cannot choose one in which a notice is not
    understood. `voice` is the name for what the caller records now.
    """
    return tuple(message for action in outputs for message in _messages(action, state, prompts, voice))


def _messages(action: Action, state: CallState, prompts: PromptRenderer, voice: str) -> list[ActionMessage]:
    match action:
        case Record(longest_s, silence_s):
            return [RecordAction(name=voice, longest_s=longest_s, silence_s=silence_s)]
        case Play(phrases):
            return [PlayAction(prompts=_sounds(phrases, state.language, prompts))]
        case Ask():
            return [_ask(action, state, prompts)]
        case Dial():
            return _dial(action, state, prompts)
        case Confer():
            return [_confer(action, state, prompts)]
        case HangUp(result):
            return [HangUpAction(result=result)]
        case _:
            assert_never(action)


def _ask(action: Ask, state: CallState, prompts: PromptRenderer) -> AskAction:
    return AskAction(
        prompts=_sounds(action.phrases, state.language, prompts),
        max_digits=action.max_digits,
        terminator="#" if action.terminator else "",
        stop_keys=action.stop_keys,
        first_digit_timeout_ms=action.first_digit_timeout_ms,
        inter_digit_timeout_ms=action.inter_digit_timeout_ms,
        words=action.words,
        secret=action.secret,
        heed_lead=action.heed_lead,
        # A secret is not for saying aloud.
        listen=state.hears and not action.secret,
    )


def _announced(phrases: tuple[Phrase, ...], language: str, prompts: PromptRenderer) -> PromptSound | None:
    if not phrases:
        return None
    sound = prompts.render_as_one(phrases, language)
    return _message(sound.sound, sound.text)


def _leg(grant: DialGrant | None, state: CallState, prompts: PromptRenderer) -> CallLeg | None:
    return None if grant is None else _call_leg(grant, state, prompts)


def _call_leg(grant: DialGrant, state: CallState, prompts: PromptRenderer) -> CallLeg:
    return CallLeg(
        grant_id=grant.grant_id,
        dial_string=grant.dial_string,
        ring_s=grant.ring_s,
        max_length_s=grant.max_length_s,
        caller_id=grant.caller_id_number or "",
        caller_id_name=grant.caller_id_name if grant.caller_id_number else "",
        announcement=_announced(grant.announcement, state.facts.language, prompts),
    )


def _confer(confer: Confer, state: CallState, prompts: PromptRenderer) -> ConferAction:
    first = confer.grants[0]
    return ConferAction(
        legs=tuple(_call_leg(grant, state, prompts) for grant in confer.grants),
        recording=_recording(first.recording, state, prompts),
        announcement_to_caller=_announced(first.announcement_to_caller, state.language, prompts),
        listener=_leg(confer.listener, state, prompts),
    )


def _dial(action: Dial, state: CallState, prompts: PromptRenderer) -> list[ActionMessage]:
    grant = action.grant
    dial = DialAction(
        grant_id=grant.grant_id,
        dial_string=grant.dial_string,
        ring_s=grant.ring_s,
        max_length_s=grant.max_length_s,
        recording=_recording(grant.recording, state, prompts),
        announcement=_announced(grant.announcement, state.facts.language, prompts),
        announcement_to_caller=_announced(grant.announcement_to_caller, state.language, prompts),
        listener=_leg(action.listener, state, prompts),
        survey=grant.survey,
    )
    outcome = RecordOutcomeAction(grant_id=grant.grant_id)
    if grant.caller_id_number is None:
        return [dial, outcome]
    shown = SetCallerIdAction(number=grant.caller_id_number, name=grant.caller_id_name)
    return [shown, dial, outcome]


def _recording(
    granted: GrantedRecording | None, state: CallState, prompts: PromptRenderer
) -> CallRecording | None:
    if granted is None:
        return None

    def said(prompt_id: PromptId) -> PromptSound:
        [sound] = _sounds((Prompt(prompt_id),), state.language, prompts)
        return sound

    return CallRecording(
        name=granted.name,
        layout=granted.layout,
        beep_s=granted.beep_s,
        paused=said(PromptId.RECORDING_PAUSED),
        goes_on=said(PromptId.RECORDING_GOES_ON),
        ends_soon=said(PromptId.RECORDED_CALL_ENDS_SOON) if granted.ends_the_call else None,
    )


def _sounds(phrases: Sequence[Phrase], language: str, prompts: PromptRenderer) -> tuple[PromptSound, ...]:
    return tuple(_message(sound.sound, sound.text) for sound in prompts.render(phrases, language))


@lru_cache(maxsize=4096)
def _message(sound: str, text: str) -> PromptSound:
    """The same few hundred sounds are said again and again; checking each once is enough."""
    return PromptSound(sound=sound, text=text)
