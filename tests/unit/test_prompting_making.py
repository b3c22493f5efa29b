"""Names are made beside the calls: nobody waits, nothing piles up, nothing is tried for ever."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from ivr_service.prompting.builder import BuildError
from ivr_service.prompting.making import MOST_WAITING, NameMaker


@dataclass
class Voice:
    """Makes what it is let to make, one name at a time."""

    made: list[tuple[str, ...]] = field(default_factory=list)
    may_go_on: threading.Event = field(default_factory=threading.Event)
    is_busy: threading.Event = field(default_factory=threading.Event)
    fails: bool = False

    def __call__(self, names: Sequence[str], language: str) -> None:
        self.is_busy.set()
        assert self.may_go_on.wait(10)
        self.made.append((language, *names))
        if self.fails:
            raise BuildError("no voice")


def letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def test_a_wanted_name_is_made_once() -> None:
    voice = Voice()
    voice.may_go_on.set()
    maker = NameMaker(voice)
    for _ in range(3):
        maker.want("Chicago", "en")
    maker.want("Boston", "en")
    maker.close(timeout_s=10)
    assert voice.made == [("en", "Chicago"), ("en", "Boston")]


@pytest.mark.parametrize("name", ["Room 5", "Trois-Rivières", "--state", "a\nb", ""])
def test_what_is_no_name_never_reaches_a_voice(name: str) -> None:
    voice = Voice()
    voice.may_go_on.set()
    maker = NameMaker(voice)
    maker.want(name, "en")
    maker.close(timeout_s=10)
    assert voice.made == []


def test_a_voice_that_fails_is_not_asked_again_for_the_same_and_the_next_is_made() -> None:
    voice = Voice(fails=True)
    voice.may_go_on.set()
    maker = NameMaker(voice)
    for name in ("Chicago", "Boston", "Chicago"):
        maker.want(name, "en")
    maker.close(timeout_s=10)
    assert voice.made == [("en", "Chicago"), ("en", "Boston")]


def test_nobody_waits_for_a_slow_voice_and_what_does_not_fit_is_left_out() -> None:
    voice = Voice()
    maker = NameMaker(voice)
    maker.want("First", "en")
    assert voice.is_busy.wait(10)
    for number in range(MOST_WAITING + 10):
        maker.want(f"Town {letters(number)}", "en")
    maker.close(timeout_s=0)
    voice.may_go_on.set()
    maker.close(timeout_s=10)
    assert len(voice.made) <= MOST_WAITING + 1
