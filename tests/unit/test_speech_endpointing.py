"""An answer ends after the pause that fits what was said so far."""

import pytest

from ivr_service.speech.endpointing import Decision, Endpointer, EndpointLimits

WHOLE = "two one two five five five one two three four"
FULL = ("NXXXXXXXXX", "1NXXXXXXXXX")
LIMITS = EndpointLimits(phrases=("call", "call now"), complete_numbers=FULL)


@pytest.mark.parametrize(
    ("said", "is_number", "pause_ms"),
    [
        (WHOLE, True, 150),
        (f"one {WHOLE}", True, 150),
        ("two one two", True, 1500),
        ("one two one two five five five one two three", True, 1500),
        ("call now", False, 100),
        ("call", False, 800),
        ("um", False, 800),
        ("the last four are one two three four", True, 150),
    ],
)
def test_an_answer_ends_after_its_pause(said: str, pause_ms: int, *, is_number: bool) -> None:
    endpointer = Endpointer(LIMITS)
    assert endpointer.observe(0, said.split(), is_number=is_number) is Decision.KEEP_LISTENING
    assert endpointer.observe(pause_ms - 1, said.split(), is_number=is_number) is Decision.KEEP_LISTENING
    assert endpointer.observe(pause_ms, said.split(), is_number=is_number) is Decision.DONE


@pytest.mark.parametrize(
    ("complete", "said", "pause_ms"),
    [
        (("7", "8", "12"), "seven", 150),
        (("7", "8", "12"), "twelve", 150),
        (("7", "8", "12"), "one", 1500),
        (("7", "8", "12"), "nine", 1500),
        ((*FULL, "1XX"), "one oh three", 150),
        ((*FULL, "1XX"), "one two three", 1500),
        ((*FULL, "2XX"), "two one two", 1500),
        ((*FULL, "2XX"), WHOLE, 150),
        (("XXXXXXX",), "five five five one two three four", 150),
        (("XXX",), "five five five", 150),
        ((), WHOLE, 1500),
    ],
)
def test_the_question_says_which_numbers_are_complete(
    complete: tuple[str, ...], said: str, pause_ms: int
) -> None:
    endpointer = Endpointer(EndpointLimits(complete_numbers=complete))
    assert endpointer.observe(0, said.split(), is_number=True) is Decision.KEEP_LISTENING
    assert endpointer.observe(pause_ms - 1, said.split(), is_number=True) is Decision.KEEP_LISTENING
    assert endpointer.observe(pause_ms, said.split(), is_number=True) is Decision.DONE


def test_silence_counts_from_the_end_of_the_prompt() -> None:
    endpointer = Endpointer(LIMITS)
    assert endpointer.observe(9000, [], is_number=False) is Decision.KEEP_LISTENING
    endpointer.prompt_ended(9000)
    assert endpointer.observe(14_999, [], is_number=False) is Decision.KEEP_LISTENING
    assert endpointer.observe(15_000, [], is_number=False) is Decision.SILENCE


def test_noise_cannot_stretch_an_answer() -> None:
    endpointer = Endpointer(LIMITS)
    decisions = [
        endpointer.observe(now, ["two"] * (now // 100), is_number=True) for now in range(0, 20_101, 100)
    ]
    assert decisions[-1] is Decision.TOO_LONG
    assert set(decisions[:-1]) == {Decision.KEEP_LISTENING}
