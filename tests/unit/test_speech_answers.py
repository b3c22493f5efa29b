"""One answer, from audio to the event: with a recogniser that says what it is told to hear."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr_service.dialogue.actions import Ask
from ivr_service.dialogue.values import NumberPart
from ivr_service.service.listening import ListenerUpdate
from ivr_service.service.messages import HeardNumberMessage, HeardPhraseMessage, SpokenEvent
from ivr_service.speech.answers import SpokenAnswer, listened_for
from ivr_service.speech.echo_gate import EchoGate
from ivr_service.speech.recogniser import Hearing, Progress, RecogniserError, SpeechStream

LOUD = (np.ones(800, dtype="<i2") * 6000).tobytes()
ECHO = (np.ones(800, dtype="<i2") * 300).tobytes()
QUIET = bytes(1600)
HISS = 100
NUMBER = Ask((), 32, words=("back",), spoken_lengths=(10, 11))
MENU = Ask((), 1, words=("call now", "call", "help"))


@dataclass
class ScriptedStream:
    """Hears the next word in each loud chunk."""

    words: list[str]
    others: tuple[Hearing, ...] = ()
    said: list[str] = field(default_factory=list)
    is_closed: bool = False

    def feed(self, pcm: bytes) -> Progress:
        if np.abs(np.frombuffer(pcm, "<i2").astype(float)).max(initial=0.0) > HISS and self.words:
            self.said.append(self.words.pop(0))
        return Progress(tuple(self.said))

    def alternatives(self) -> tuple[Hearing, ...]:
        return (hearing(" ".join(self.said), -10.0), *self.others)

    def close(self) -> None:
        self.is_closed = True


@dataclass
class ScriptedRecogniser:
    stream: ScriptedStream

    def listen(self, phrases: Sequence[str], alternatives: int = 20) -> SpeechStream:
        return self.stream


def hearing(words: str, score: float) -> Hearing:
    return Hearing(tuple(words.split()), score)


def answer(ask: Ask, words: str, *others: Hearing) -> SpokenAnswer:
    return SpokenAnswer(ScriptedRecogniser(ScriptedStream(words.split(), others)), ask)


def hear(listener: SpokenAnswer, *chunks: bytes) -> list[ListenerUpdate]:
    return [listener.feed(chunk) for chunk in chunks]


def outcome(listener: SpokenAnswer, loud: int) -> SpokenEvent:
    listener.prompt_ended()
    for chunk in [LOUD] * loud + [QUIET] * 40:
        update = listener.feed(chunk)
        if update.event is not None:
            return update.event
    raise AssertionError("the answer did not end")


def test_a_number_ends_soon_after_its_last_digit_and_carries_its_digits() -> None:
    event = outcome(answer(NUMBER, "two one two five five five one two three four"), 10)
    assert isinstance(event.heard[0], HeardNumberMessage)
    assert (event.heard[0].digits, event.heard[0].part) == ("2125551234", NumberPart.WHOLE)
    assert event.heard[0].confidence > 0.5


def test_of_two_alternatives_the_one_of_the_right_length_wins() -> None:
    better = hearing("two one two five five five one two three four", -12.0)
    event = outcome(answer(NUMBER, "two one two five five one two three four", better), 9)
    assert isinstance(event.heard[0], HeardNumberMessage)
    assert event.heard[0].digits == "2125551234"


def test_a_phrase_of_the_question_is_understood() -> None:
    heard = outcome(answer(MENU, "call now"), 2).heard
    assert [one.phrase for one in heard if isinstance(one, HeardPhraseMessage)] == ["call now"]
    assert heard[0].confidence > 0.8


@pytest.mark.parametrize("words", ["last four one two three four", "the last four are one two three four"])
def test_a_part_is_corrected_in_one_breath_where_its_name_alone_is_a_choice(words: str) -> None:
    read_back = replace(NUMBER, words=("yes", "no", "last four"))
    listener = answer(read_back, words)
    listener.prompt_ended()
    begin = words.split().index("one")
    assert not any(update.is_over for update in hear(listener, *[LOUD] * begin, *[QUIET] * 3))
    event = outcome(listener, 4)
    assert isinstance(event.heard[0], HeardNumberMessage)
    assert (event.heard[0].digits, event.heard[0].part) == ("1234", NumberPart.LINE)


@pytest.mark.parametrize("words", ["call help", "pizza", "[unk]"])
def test_what_is_no_phrase_of_the_question_is_not_understood(words: str) -> None:
    assert outcome(answer(MENU, words), 2).heard == ()


def test_the_first_word_stops_the_prompt_once() -> None:
    listener = answer(NUMBER, "two one")
    began = [update.speech_began for update in hear(listener, QUIET, LOUD, LOUD, LOUD)]
    assert began == [False, True, False, False]


def test_the_echo_of_the_prompt_is_no_speech_and_after_the_prompt_quiet_speech_is() -> None:
    listener = answer(NUMBER, "two one")
    assert not any(update.speech_began for update in hear(listener, *[ECHO] * 20))
    listener.prompt_ended()
    assert listener.feed(ECHO).speech_began


def test_silence_ends_the_answer_only_after_the_prompt() -> None:
    listener = answer(NUMBER, "")
    assert not any(update.is_over for update in hear(listener, *[QUIET] * 100))
    listener.prompt_ended()
    updates = hear(listener, *[QUIET] * 50)
    assert updates[-1] == ListenerUpdate(nothing=True)


def test_an_answer_that_is_over_takes_no_more() -> None:
    listener = answer(MENU, "help")
    outcome(listener, 1)
    with pytest.raises(RecogniserError):
        listener.feed(QUIET)


def test_the_phrases_come_from_the_question_and_strangers_only_where_no_number_is_asked() -> None:
    assert listened_for(MENU) == ("call now", "call", "help", "[unk]")
    assert "back" in listened_for(NUMBER)
    assert "[unk]" not in listened_for(NUMBER)


def test_a_quiet_sound_inside_a_word_passes_the_gate() -> None:
    gate = EchoGate()
    assert gate.pass_on(LOUD + ECHO) == LOUD + ECHO


def test_a_quiet_sound_right_before_a_loud_one_passes_the_gate_too() -> None:
    held_back = 5 * 320
    told = EchoGate().pass_on(ECHO * 4 + LOUD)
    assert told == bytes(4 * 1600 - held_back) + ECHO + LOUD


def test_what_was_held_back_comes_when_the_prompt_is_over() -> None:
    gate = EchoGate()
    assert gate.pass_on(ECHO * 2) == bytes(1600)
    assert gate.rest() == ECHO
    assert gate.rest() == b""


@given(st.lists(st.sampled_from([LOUD, ECHO, QUIET, ECHO[:100], LOUD[:322]])))
def test_a_gate_loses_no_time(chunks: list[bytes]) -> None:
    gate = EchoGate()
    told = b"".join([gate.pass_on(chunk) for chunk in chunks])
    assert len(told + gate.rest()) == len(b"".join(chunks))
