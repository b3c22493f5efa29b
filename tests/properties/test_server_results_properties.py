"""Whatever a speech server sends is words, or the error that ends the listening; never another one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr_service.dialogue.actions import Ask
from ivr_service.speech.answers import understood
from ivr_service.speech.recogniser import Hearing, RecogniserError
from ivr_service.speech.server_results import Utterance

ASK = Ask((), 32, words=("back",), spoken_lengths=(10, 11))

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
rows = st.fixed_dictionaries({"text": st.text(max_size=30) | json_values, "confidence": json_values})
answers = st.one_of(
    json_values,
    st.fixed_dictionaries({"partial": json_values}),
    st.fixed_dictionaries({"text": json_values}),
    st.fixed_dictionaries({"alternatives": st.lists(rows | json_values, max_size=6) | json_values}),
).map(json.dumps)


@given(st.lists(st.one_of(answers, st.text(), st.binary()), max_size=6))
def test_nonsense_is_refused_and_harms_nobody(messages: list[str | bytes]) -> None:
    utterance = Utterance()
    for message in messages:
        try:
            utterance.take(message)
        except RecogniserError:
            continue
    assert all(isinstance(word, str) for word in utterance.words)
    understood(utterance.alternatives(), ASK)


words = st.sampled_from(["one", "two", "oh"])
hearings = st.lists(st.tuples(st.lists(words, max_size=3), st.floats(-100, 100)), min_size=1, max_size=6)


@given(st.lists(hearings, max_size=5))
def test_parts_are_put_together_best_first(parts: list[list[tuple[list[str], float]]]) -> None:
    utterance = Utterance()
    for part in parts:
        ordered = sorted(part, key=lambda one: -one[1])
        told = [{"text": " ".join(said), "confidence": score} for said, score in ordered]
        utterance.take(json.dumps({"alternatives": told}))
    found = utterance.alternatives()
    assert len(found) <= 20
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    if found:
        assert found[0].words == utterance.words


@pytest.mark.parametrize(
    ("messages", "words", "alternatives"),
    [
        (['{"partial": "two one"}'], "two one", ()),
        (['{"partial": "two"}', '{"text": "two one"}'], "two one", ("two one",)),
        (['{"text": "two one"}', '{"partial": "five"}'], "two one five", ("two one",)),
        (['{"text": "two"}', '{"text": ""}', '{"text": "one"}'], "two one", ("two one",)),
        (['{"result": [], "text": "back"}'], "back", ("back",)),
        (['{"text": ""}'], "", ()),
        (['{"alternatives": [{"text": "", "confidence": 3.0}]}'], "", ()),
    ],
)
def test_results_in_every_form(messages: list[str], words: str, alternatives: tuple[str, ...]) -> None:
    utterance = Utterance()
    for message in messages:
        utterance.take(message)
    assert " ".join(utterance.words) == words
    assert tuple(" ".join(one.words) for one in utterance.alternatives()) == alternatives


def test_the_parts_weights_are_added_up() -> None:
    utterance = Utterance()
    utterance.take('{"alternatives": [{"text": "two", "confidence": 5}, {"text": "to", "confidence": 4.5}]}')
    utterance.take('{"alternatives": [{"text": "one", "confidence": 3}, {"text": "won", "confidence": 1}]}')
    assert utterance.alternatives() == (
        Hearing(("two", "one"), 8.0),
        Hearing(("to", "one"), 7.5),
        Hearing(("two", "won"), 6.0),
        Hearing(("to", "won"), 5.5),
    )


@pytest.mark.parametrize("words", ["one " * 201, "x" * 10 + " y" * 300])
def test_more_words_than_anybody_says_are_refused(words: str) -> None:
    with pytest.raises(RecogniserError):
        Utterance().take(json.dumps({"partial": words}))
