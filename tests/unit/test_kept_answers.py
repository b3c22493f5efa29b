"""What a caller says is handed on when the answer is over, if it may be, and never more than the answer."""

from dataclasses import dataclass, field

import pytest

from ivr_service.dialogue.actions import Ask
from ivr_service.service.listening import AnswerListener, ListenerUpdate, SpokenQuestion
from ivr_service.service.messages import SpokenEvent
from ivr_service.speech.kept_answers import KeptAnswers

CALL_ID = "ab" * 16
SECOND = 16_000


@dataclass
class ToldListener:
    """Hears the beginning in audio of "b" and the end in audio of "e"."""

    longest_s: float = 26.0
    is_closed: bool = False

    def feed(self, pcm: bytes) -> ListenerUpdate:
        event = SpokenEvent(heard=()) if pcm.startswith(b"e") else None
        return ListenerUpdate(speech_began=pcm.startswith(b"b"), event=event)

    def prompt_ended(self) -> ListenerUpdate:
        return ListenerUpdate(nothing=True)

    def close(self) -> None:
        self.is_closed = True


@dataclass
class ToldSpeech:
    """Makes one told listener."""

    listener: ToldListener = field(default_factory=ToldListener)

    def listen(self, call_id: str, turn: int) -> ToldListener:
        return self.listener


Kept = list[tuple[str, int, bytes]]


def listen(kept: Kept, speech: ToldSpeech, *, is_wanted: bool = True, secret: bool = False) -> AnswerListener:
    def keep(call_id: str, turn: int, pcm: bytes) -> None:
        kept.append((call_id, turn, pcm))

    question = Ask((), 1, secret=secret)
    return KeptAnswers(
        speech, lambda _call, _turn: SpokenQuestion(question, "en"), lambda: is_wanted, keep
    ).listen(CALL_ID, 3)


@pytest.fixture
def kept() -> Kept:
    return []


def test_an_answer_is_kept_once_with_a_little_of_what_came_before_it(kept: Kept) -> None:
    listener = listen(kept, ToldSpeech())
    for chunk in (b"q" * 10 * SECOND, b"r" * SECOND, b"b" * SECOND, b"m" * SECOND, b"e" * SECOND):
        listener.feed(chunk)
    listener.close()
    [(call_id, turn, pcm)] = kept
    assert (call_id, turn) == (CALL_ID, 3)
    assert pcm == b"q" * (SECOND // 2) + b"r" * SECOND + b"b" * SECOND + b"m" * SECOND + b"e" * SECOND


def test_a_key_ends_the_answer_and_what_was_said_is_kept(kept: Kept) -> None:
    speech = ToldSpeech()
    listener = listen(kept, speech)
    listener.feed(b"b" * SECOND)
    listener.close()
    assert [pcm for _, _, pcm in kept] == [b"b" * SECOND]
    assert speech.listener.is_closed


def test_who_says_nothing_is_not_kept(kept: Kept) -> None:
    listener = listen(kept, ToldSpeech())
    listener.feed(b"q" * SECOND)
    assert listener.prompt_ended().nothing
    listener.close()
    assert kept == []


def test_where_nothing_may_be_kept_the_listener_is_as_it_was(kept: Kept) -> None:
    speech = ToldSpeech()
    assert listen(kept, speech, is_wanted=False) is speech.listener
    assert listen(kept, speech, secret=True) is speech.listener


def test_a_long_answer_does_not_fill_the_memory(kept: Kept) -> None:
    listener = listen(kept, ToldSpeech())
    listener.feed(b"b" * SECOND)
    for _ in range(60):
        listener.feed(b"m" * SECOND)
    listener.close()
    assert [len(pcm) for _, _, pcm in kept] == [25 * SECOND]
    assert listener.longest_s == 26.0
