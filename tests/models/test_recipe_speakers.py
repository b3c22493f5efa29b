from models.recipe.speakers import HELD_OUT_DIGIT_SPEAKER, Split, split_of

STRANGERS = [f"speaker-{number}" for number in range(2_000)]


def test_a_speaker_is_in_the_same_set_whenever_asked() -> None:
    assert [split_of(name) for name in STRANGERS] == [split_of(name) for name in STRANGERS]


def test_about_a_fifth_of_the_speakers_are_for_tests_and_a_tenth_for_tuning() -> None:
    sets = [split_of(name) for name in STRANGERS]
    assert 0.17 < sets.count(Split.TEST) / len(sets) < 0.23
    assert 0.08 < sets.count(Split.TUNING) / len(sets) < 0.12


def test_one_speaker_of_the_digit_dataset_is_held_out_and_the_others_are_trained_on() -> None:
    assert split_of(HELD_OUT_DIGIT_SPEAKER) is Split.TEST
    assert split_of("fsdd_george") is split_of("fsdd_lucas") is Split.TRAIN
