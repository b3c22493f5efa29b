"""Which of the things a caller said were heard wrongly, and what they turned out to be. Pure.

Told from what the caller does next: says no to the read-back, corrects a part, is asked again, chooses the
second of two, or keys the answer after speaking. Nothing here has an effect on the call.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ivr_service.dialogue import questions
from ivr_service.dialogue.events import CallerEvent, Heard, HeardNumber, HeardPhrase, Keys, Spoken, Words
from ivr_service.dialogue.hearing import with_part
from ivr_service.dialogue.state import CallState, Place
from ivr_service.dialogue.values import CallResult, NumberPart


class Why(StrEnum):
    """What showed that an utterance was heard wrongly."""

    SAID_NO = "said_no"
    CORRECTED = "corrected"
    ASKED_AGAIN = "asked_again"
    CHOSE_SECOND = "chose_second"
    KEYED = "keyed"


@dataclass(frozen=True)
class Utterance:
    """One thing that was said: the turn whose question it answered, and where that was asked.

    `heard` is the likeliest reading (digits or a phrase; empty when there was none), and `meant` what it
    turned out to be, empty while that is not known. `part` is the part of a number that was said or asked,
    `words` what could be said there besides numbers.
    """

    turn: int
    place: Place
    heard: str
    is_number: bool
    part: NumberPart = NumberPart.WHOLE
    words: tuple[str, ...] = ()
    why: Why | None = None
    meant: str = ""


@dataclass(frozen=True)
class TakenTurn:
    """A turn that was taken: the question of turn `number` was answered by `event`.

    `was_kept` says whether the caller's voice was kept while that was asked.
    """

    number: int
    before: CallState
    event: CallerEvent
    after: CallState
    was_kept: bool


@dataclass(frozen=True)
class Lesson:
    """What a turn shows: the utterances that still wait for their end, and those that were heard wrongly.

    Those that are in neither were heard rightly.
    """

    waiting: tuple[Utterance, ...]
    misheard: tuple[Utterance, ...]


def learn(earlier: Sequence[Utterance], turn: TakenTurn) -> Lesson:
    """Take one turn of a call; `earlier` are the utterances that were waiting before it."""
    doubted = (*_with_blame(earlier, turn), *_new(turn))
    known = tuple(replace(one, meant=_meant(one, turn) or one.meant) for one in doubted)
    is_over = turn.after.place is Place.ENDED
    settled = [one for one in known if is_over or _is_settled(one, turn)]
    return Lesson(
        waiting=tuple(one for one in known if one not in settled),
        misheard=tuple(one for one in settled if one.why is not None and not _was_right(one)),
    )


def _was_right(one: Utterance) -> bool:
    return one.heard != "" and one.meant == one.heard


# --- what was said in this turn


def _new(turn: TakenTurn) -> tuple[Utterance, ...]:
    """What was said in this turn, if its audio was kept."""
    match turn.event:
        case Spoken(heard) if turn.was_kept:
            said = _said(turn.before, heard[0] if heard else None, turn.number)
            return (replace(said, why=Why.ASKED_AGAIN if _was_asked_again(turn) else None),)
        case Keys(keys) if turn.was_kept and keys:
            return (replace(_said(turn.before, None, turn.number), why=Why.KEYED),)
        case _:
            return ()


def _said(state: CallState, best: Heard | None, turn: int) -> Utterance:
    is_number_asked = state.place in _NUMBER_ASKED
    if isinstance(best, HeardNumber):
        heard, part, is_number = best.digits, best.part, is_number_asked or state.place in _NUMBER_TAKEN
    else:
        heard, part = "" if best is None else best.phrase, NumberPart.WHOLE
        is_number = best is None and is_number_asked
    if state.place is Place.CORRECTING_NUMBER:
        part = state.part
    return Utterance(turn, state.place, heard, is_number, part, questions.ask(state).words)


_NUMBER_ASKED = (Place.ENTERING_NUMBER, Place.ENTERING_REST, Place.CORRECTING_NUMBER)
_NUMBER_TAKEN = (Place.CONFIRMING_NUMBER,)


def _was_asked_again(turn: TakenTurn) -> bool:
    if turn.after.place is Place.ENDED:  # it was the last try
        return turn.after.result is CallResult.HANG_UP
    return turn.after.place is turn.before.place and turn.after.misses > turn.before.misses


# --- who is to blame for what the caller did


def _with_blame(earlier: Sequence[Utterance], turn: TakenTurn) -> tuple[Utterance, ...]:
    """The latest utterance that could have led here gets the blame."""
    why = _blame(turn)
    is_choice = turn.before.place is Place.CHOOSING_HEARD
    blamed = [one for one in earlier if one.why is None and (is_choice or one.is_number)][-1:]
    if why is None:
        return tuple(earlier)
    return tuple(replace(one, why=why) if one in blamed else one for one in earlier)


def _blame(turn: TakenTurn) -> Why | None:
    before, after = turn.before, turn.after
    match before.place, after.place:
        case Place.CONFIRMING_NUMBER, Place.ENTERING_NUMBER if before.said in after.rejected:
            return Why.SAID_NO
        case Place.CONFIRMING_NUMBER, Place.CORRECTING_NUMBER:
            return Why.CORRECTED
        case Place.CONFIRMING_NUMBER, Place.CONFIRMING_NUMBER if after.said != before.said:
            return Why.CORRECTED
        case Place.CHOOSING_HEARD, _ if after.place is not Place.CHOOSING_HEARD:
            return _CHOICES.get(_phrase_chosen(turn.event))
        case _:
            return None


_CHOICES = {
    questions.SECOND_WORD: Why.CHOSE_SECOND,
    "2": Why.CHOSE_SECOND,
    questions.BACK_WORD: Why.SAID_NO,
    questions.BACK_KEY: Why.SAID_NO,
}


def _phrase_chosen(event: CallerEvent) -> str:
    match event:
        case Keys(chosen) | Words(chosen):
            return chosen
        case Spoken(heard) if heard and isinstance(heard[0], HeardPhrase):
            return heard[0].phrase
        case _:
            return ""


# --- what it turned out to be, and when that is known


def _meant(one: Utterance, turn: TakenTurn) -> str:
    """Digits or a phrase; empty when this turn does not tell."""
    if one.is_number:
        return _part_of(one, _confirmed(turn) or _keyed(turn))
    if one.why is Why.CHOSE_SECOND and turn.before.place is Place.CHOOSING_HEARD:
        return _text_of(turn.before.doubt[1])
    if one.why in (Why.ASKED_AGAIN, Why.SAID_NO) and one.turn != turn.number:
        return _understood_phrase(turn) if turn.before.place is one.place else ""
    return ""


def _confirmed(turn: TakenTurn) -> str:
    """The number that the caller said yes to in this turn."""
    before, after = turn.before, turn.after
    if before.place is not Place.CONFIRMING_NUMBER:
        return ""
    match after.place:
        case Place.MAIN_MENU if _phrase_chosen(turn.event) not in (questions.BACK_KEY, questions.BACK_WORD):
            return before.said
        case Place.ENTERING_NUMBER if before.said not in after.rejected:  # it may not be called
            return before.said
        case Place.DIALLING | Place.AFTER_CALL:
            return before.said
        case _:
            return ""


def _keyed(turn: TakenTurn) -> str:
    """The number that was keyed where it was asked, and accepted."""
    is_taken = turn.before.place is Place.ENTERING_NUMBER and turn.after.place is Place.MAIN_MENU
    if is_taken and isinstance(turn.event, Keys) and len(turn.event.keys) in questions.FULL_NUMBER_LENGTHS:
        return turn.event.keys
    return ""


def _part_of(one: Utterance, number: str) -> str:
    """What was meant by an utterance, when this is the whole number."""
    if one.place is Place.ENTERING_REST:
        return number[-questions.REST_DIGITS :]
    if one.part is NumberPart.WHOLE:
        return number
    # The part is what changes when it is replaced by stars.
    length = 4 if one.part is NumberPart.LINE else 3
    masked = with_part(number, one.part, "*" * length)
    return "" if masked is None else number[masked.index("*") :][:length]


def _text_of(heard: Heard) -> str:
    return heard.digits if isinstance(heard, HeardNumber) else heard.phrase


def _understood_phrase(turn: TakenTurn) -> str:
    if turn.after.place is Place.CHOOSING_HEARD or _was_asked_again(turn):
        return ""
    return _phrase_chosen(turn.event) if isinstance(turn.event, Spoken) else ""


def _is_settled(one: Utterance, turn: TakenTurn) -> bool:
    """Whether no later turn of the call will tell more about it."""
    if one.is_number:
        return bool(_confirmed(turn) or _keyed(turn))
    if turn.after.place is Place.CHOOSING_HEARD:
        return False
    is_asked_still = turn.after.place is one.place and not _understood_phrase(turn)
    return one.why is None or bool(one.meant) or one.why is Why.KEYED or not is_asked_still
