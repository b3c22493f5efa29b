"""An answer ends after the pause that fits what was said so far, or when it falls silent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr_service.speech.endpointing import Decision, Endpointer, EndpointLimits

WHOLE = "two one two five five five one two three four"
FULL = ("NXXXXXXXXX", "1NXXXXXXXXX")
LIMITS = EndpointLimits(
    phrases=("call", "call now", "last four"), before_digits=("last four",), complete_numbers=FULL
)


@pytest.mark.parametrize(
    ("said", "is_number", "pause_ms"),
    [
        (WHOLE, True, 240),
        (f"one {WHOLE}", True, 240),
        ("two one two", True, 1500),
        ("one two one two five five five one two three", True, 1500),
        ("call now", False, 180),
        ("call", False, 800),
        ("um", False, 800),
        ("the last four are one two three four", True, 240),
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
        (("7", "8", "12"), "seven", 240),
        (("7", "8", "12"), "twelve", 240),
        (("7", "8", "12"), "one", 1500),
        (("7", "8", "12"), "nine", 1500),
        ((*FULL, "1XX"), "one oh three", 240),
        ((*FULL, "1XX"), "one two three", 1500),
        ((*FULL, "2XX"), "two one two", 1500),
        ((*FULL, "2XX"), WHOLE, 240),
        (("XXXXXXX",), "five five five one two three four", 240),
        (("XXX",), "five five five", 240),
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


@pytest.mark.parametrize(
    ("said", "is_number", "last_sound_ms", "words_at_ms", "over_at_ms"),
    [
        # The words come before it has been silent for long enough, and after.
        (WHOLE, True, 1000, 1000, 1180),
        (WHOLE, True, 1000, 1170, 1180),
        (WHOLE, True, 1000, 1400, 1400),
        ("call now", False, 1000, 1150, 1180),
        ("call now", False, 1000, 1400, 1400),
        ("the last four are one two three four", True, 1000, 1300, 1300),
        # Somebody still sounds, a cough or noise: then the words must have stayed the same.
        (WHOLE, True, 3000, 1000, 1240),
        # What is short may be the first word of something else, heard wrongly.
        ("call now", False, 3000, 1000, 1500),
        # The voice did not stand out from the noise, so silence tells nothing.
        (WHOLE, True, 300, 1000, 1240),
        (WHOLE, True, None, 1000, 1240),
        ("call now", False, None, 1000, 1180),
        # What may go on is not over because it falls silent: callers pause between groups.
        ("two one two", True, 1000, 1100, 2600),
        ("one two one two five five five one two three", True, 1000, 1100, 2600),
        ("call", False, 1000, 1100, 1900),
        ("last four", False, 1000, 1100, 1900),
        # It is not over either while sounds tell of more, but neither does noise hold it up for ever.
        ("last four", False, 1500, 1000, 2300),
        ("last four", False, 9000, 1000, 2800),
    ],
)
def test_silence_ends_what_cannot_go_on(
    said: str, last_sound_ms: int | None, words_at_ms: int, over_at_ms: int, *, is_number: bool
) -> None:
    endpointer = Endpointer(LIMITS)
    decisions = {
        now: endpointer.observe(
            now,
            said.split() if now >= words_at_ms else [],
            is_number=is_number,
            is_sounding=last_sound_ms is not None and now <= last_sound_ms,
        )
        for now in range(0, over_at_ms + 1, 10)
    }
    assert decisions.pop(over_at_ms) is Decision.DONE
    assert set(decisions.values()) == {Decision.KEEP_LISTENING}


@pytest.mark.parametrize(("last_sound_ms", "over_at_ms"), [(3000, 1500), (1000, 1180)])
def test_a_slot_is_no_answer_while_somebody_goes_on(last_sound_ms: int, over_at_ms: int) -> None:
    """ "Call Alice" may begin like "four"."""
    endpointer = Endpointer(EndpointLimits(phrases=("call alice",), complete_numbers=("4",)))
    for now in range(1000, over_at_ms + 1, 10):
        decision = endpointer.observe(now, ["four"], is_number=True, is_sounding=now <= last_sound_ms)
        assert (decision is Decision.DONE) == (now == over_at_ms)


STEP_MS = 60
SAID = st.sampled_from(["", "two one two", WHOLE, f"one {WHOLE}", f"one {WHOLE[:-5]}"])
HEARD = st.lists(st.tuples(SAID, st.booleans(), st.integers(1, 20)), max_size=30)
"""Words so far, whether something sounds, and for how many steps it stays so."""


def end_of(heard: list[tuple[str, bool, int]]) -> tuple[int, Decision]:
    """When an answer to the question for a number ends, and why: after what is heard there is silence."""
    endpointer = Endpointer(LIMITS)
    endpointer.prompt_ended(0)
    last = heard[-1][0] if heard else ""
    steps = [(said, sounds) for said, sounds, count in heard for _ in range(count)]
    for step in range(LIMITS.longest_ms // STEP_MS + 1):
        said, sounds = steps[step] if step < len(steps) else (last, False)
        decision = endpointer.observe(step * STEP_MS, said.split(), is_number=True, is_sounding=sounds)
        if decision is not Decision.KEEP_LISTENING:
            return step * STEP_MS, decision
    raise AssertionError("an answer ends in any case")


@given(HEARD)
def test_an_answer_ends_in_any_case_whatever_sounds(heard: list[tuple[str, bool, int]]) -> None:
    ended_ms, _ = end_of(heard)
    assert ended_ms <= LIMITS.longest_ms


@given(HEARD)
def test_no_sound_holds_up_a_complete_number_and_silence_only_shortens_its_pause(
    heard: list[tuple[str, bool, int]],
) -> None:
    ended_ms, _ = end_of([*heard, (WHOLE, True, 8)])
    told_ms = sum(count for _, _, count in heard) * STEP_MS
    assert ended_ms <= told_ms + LIMITS.number_complete_ms


@given(st.integers(0, 600), st.integers(0, LIMITS.number_ms - 10))
def test_a_number_that_may_go_on_is_never_cut_off_by_a_shorter_silence(
    sound_ms: int, silence_ms: int
) -> None:
    """Although a number was complete before the recogniser thought better of it."""
    endpointer = Endpointer(LIMITS)
    endpointer.observe(0, WHOLE.split(), is_number=True, is_sounding=True)
    for at in range(10, 10 + sound_ms + silence_ms, 10):
        sounds = at < 10 + sound_ms
        decision = endpointer.observe(at, ["two", "one", "two"], is_number=True, is_sounding=sounds)
        assert decision is Decision.KEEP_LISTENING


@given(st.lists(st.sampled_from([WHOLE, f"{WHOLE[:-4]}five", f"one {WHOLE}"]), min_size=1, max_size=40))
def test_words_that_change_while_somebody_sounds_are_no_answer(words: list[str]) -> None:
    """Only once they have stayed the same for their pause, as if there were no telling of silence."""
    endpointer = Endpointer(LIMITS)
    same_since, before = 0, ""
    for step, said in enumerate(words):
        now = step * STEP_MS
        same_since, before = (same_since, before) if said == before else (now, said)
        decision = endpointer.observe(now, said.split(), is_number=True, is_sounding=True)
        assert (decision is Decision.DONE) == (now - same_since >= LIMITS.number_complete_ms)
        if decision is Decision.DONE:
            return


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
