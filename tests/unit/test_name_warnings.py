"""Names that nobody can be heard saying, and names that callers cannot tell apart, are told to the admin."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from ivr_service.admin.name_warnings import name_warnings
from ivr_service.config import load_settings
from ivr_service.dialogue.values import MailboxId
from ivr_service.speech.lexicon import LEXICON_FILE, Lexicon, sound_alike
from ivr_service.speech.site_model import embedded_model
from ivr_service.speech.site_names import written_pronunciations
from ivr_service.store.speed_dials import StoredSpeedDial

EXAMPLE = Path(__file__).parents[2] / "deploy/example"
REMEDY = 'write in options.toml, under [pronunciations], xqzzt = "..." with its sounds'


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.load(embedded_model() / LEXICON_FILE)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "config"))


def nobody_made_any(_: MailboxId) -> Mapping[int, StoredSpeedDial]:
    return {}


def name(directory: Path, file: str, old: str, new: str) -> None:
    path = directory / file
    text = path.read_text()
    assert f'name = "{old}"' in text
    path.write_text(text.replace(f'name = "{old}"', f'name = "{new}"', 1))


def test_the_example_has_no_warning(lexicon: Lexicon) -> None:
    assert list(name_warnings(load_settings(EXAMPLE), lexicon, nobody_made_any)) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "warning"),
    [
        (
            "speed-dials.toml",
            "Reception Desk",
            "Building Surface",
            (
                'speed-dials.toml:9: "Building Surface" sounds like "Building Service" '
                "(speed-dials.toml:15), so who says one is asked which; give one of them another name"
            ),
        ),
        (
            "speed-dials.toml",
            "Workshop",
            "Front Xqzzt",
            (
                'speed-dials.toml:25: callers cannot say "Front Xqzzt", for the lexicon does not know '
                f'"xqzzt"; {REMEDY}'
            ),
        ),
        (
            "speed-dials.toml",
            "Workshop",
            "Ate",
            (
                'speed-dials.toml:25: "Ate" sounds like "eight", which can be said at the same question; '
                "give it another name"
            ),
        ),
        (
            "speed-dials.toml",
            "Workshop",
            "Now",
            (
                'speed-dials.toml:25: "call Now" sounds like "call now", which can be said at the same '
                "question; give it another name"
            ),
        ),
        (
            "caller-ids.toml",
            "Sales",
            "Dawn",
            (
                'caller-ids.toml:15: "Dawn" sounds like "done", which can be said at the same question; '
                "give it another name"
            ),
        ),
        (
            "caller-ids.toml",
            "Sales",
            "Xqzzt",
            (
                'caller-ids.toml:15: callers cannot say "Xqzzt", for the lexicon does not know "xqzzt"; '
                f"{REMEDY}"
            ),
        ),
        (
            "options.toml",
            "No Advice",
            "Pack",
            (
                'options.toml:29: "Pack" sounds like "back", which can be said at the same question; '
                "give it another name"
            ),
        ),
    ],
)
def test_what_cannot_be_told_apart_or_said_is_a_warning_with_its_line(
    directory: Path, lexicon: Lexicon, file: str, old: str, new: str, warning: str
) -> None:
    name(directory, file, old, new)
    assert list(name_warnings(load_settings(directory), lexicon, nobody_made_any)) == [warning]


def test_names_of_different_questions_may_sound_alike(directory: Path, lexicon: Lexicon) -> None:
    name(directory, "speed-dials.toml", "Reception Desk", "Sales")
    name(directory, "speed-dials.toml", "Building Service", "Done")
    assert list(name_warnings(load_settings(directory), lexicon, nobody_made_any)) == []


def test_an_own_slot_hides_the_companys_and_is_not_held_against_it(directory: Path, lexicon: Lexicon) -> None:
    """103 has a slot 7 of its own, so only the others can choose the company's."""
    name(directory, "speed-dials.toml", "Workshop", "Reception Desk")
    assert list(name_warnings(load_settings(directory), lexicon, nobody_made_any)) == []


def test_slots_with_a_recorded_name_have_nothing_to_say(lexicon: Lexicon) -> None:
    made = {slot: StoredSpeedDial(slot, "", "105") for slot in (12, 13)}
    assert list(name_warnings(load_settings(EXAMPLE), lexicon, lambda _: made)) == []


def test_the_names_that_owners_made_are_held_against_the_others(lexicon: Lexicon) -> None:
    made = {12: StoredSpeedDial(12, "Work Shop", "105"), 13: StoredSpeedDial(13, "Xqzzt", "106")}

    def own_slots(who: MailboxId) -> Mapping[int, StoredSpeedDial]:
        return made if who.number == "103" else {}

    assert list(name_warnings(load_settings(EXAMPLE), lexicon, own_slots)) == [
        (
            'slot 13 that mailbox 103 made: callers cannot say "Xqzzt", for the lexicon does not know '
            f'"xqzzt"; {REMEDY}'
        ),
        (
            'speed-dials.toml:25: "Workshop" sounds like "Work Shop" (slot 12 that mailbox 103 made), '
            "so who says one is asked which; give one of them another name"
        ),
    ]


def test_a_written_pronunciation_makes_a_name_sayable_and_is_compared(
    directory: Path, lexicon: Lexicon
) -> None:
    name(directory, "caller-ids.toml", "Sales", 'Xqzzt"\npronunciation = "M EY1 N')
    name(directory, "speed-dials.toml", "Workshop", "Siobhan Desk")
    assert list(name_warnings(load_settings(directory), lexicon, nobody_made_any)) == []
    name(directory, "caller-ids.toml", "Main Office", "Mane")
    assert [
        warning.partition(",")[0]
        for warning in name_warnings(load_settings(directory), lexicon, nobody_made_any)
    ] == ['caller-ids.toml:10: "Mane" sounds like "Xqzzt" (caller-ids.toml:15)']


def test_written_pronunciations_are_by_word_and_of_all_places(directory: Path) -> None:
    name(
        directory, "speed-dials.toml", "Workshop", 'Siobhan Kelly"\npronunciation = "SH IH1 V AO N, K EH L IY'
    )
    assert written_pronunciations(load_settings(directory).settings) == {
        "siobhan": (("SH", "AH", "V", "AO", "N"), ("SH", "IH", "V", "AO", "N")),
        "kelly": (("K", "EH", "L", "IY"),),
    }


def test_a_phrase_of_an_unknown_word_is_like_nothing(lexicon: Lexicon) -> None:
    assert lexicon.ways_to_say("Xqzzt Desk") == ()
    assert not sound_alike((), lexicon.ways_to_say("desk"))
    assert sound_alike(lexicon.ways_to_say("Sales"), lexicon.ways_to_say("sails"))
    assert not sound_alike(lexicon.ways_to_say("Sales"), lexicon.ways_to_say("workshop"))
