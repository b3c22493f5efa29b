import pytest

from models.recipe.scoring import Outcome, Words, canonical, rejected, score, word_errors


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [
        ("one two", "one two", 0),
        ("one two", "one three", 1),
        ("one two", "one", 1),
        ("one two", "one two two", 1),
        ("one two three", "two three one", 2),
        ("one", "", 1),
        ("", "one two", 2),
    ],
)
def test_errors_are_the_fewest_changes(said: str, heard: str, errors: int) -> None:
    assert word_errors(said.split(), heard.split()) == errors


def outcome(said: str, *heard: str) -> Outcome:
    return Outcome(tuple(said.split()), tuple(tuple(words.split()) for words in heard))


def test_a_score_tells_the_best_path_the_right_length_and_anywhere_apart() -> None:
    result = score(
        [
            outcome("one two", "one two"),
            outcome("one two", "one", "one two"),
            outcome("one two", "one", "two two", "one two"),
            outcome("one two"),
        ]
    )
    assert (result.trials, result.best, result.of_length, result.anywhere) == (4, 25.0, 50.0, 75.0)
    assert result.words == 50.0


def test_oh_is_zero_and_unknown_is_nothing() -> None:
    expected: Words = ("zero", "one")
    assert canonical(["oh", "[unk]", "one"]) == expected


def test_what_was_heard_as_nothing_is_rejected() -> None:
    assert rejected([outcome("bird"), outcome("bird", "yes")]) == 50.0
