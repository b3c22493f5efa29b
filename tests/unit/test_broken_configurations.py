import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from ivr_service.config import ConfigurationError, load_settings

EXAMPLE = Path(__file__).parents[2] / "deploy/example"
CASES = yaml.safe_load((Path(__file__).parent / "broken_configurations.yaml").read_text())
PYDANTIC_WORDS = ("Input should", "validation error", "Field required", "Extra inputs", "not right here")


def told(directory: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as error:
        load_settings(directory)
    return [str(problem) for problem in error.value.problems]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "config"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_mistake_is_told_in_full(case: dict[str, Any], directory: Path) -> None:
    path = directory / case["file"]
    text = path.read_text()
    replaced = text if case["replace"] == "everything" else case["replace"]
    assert replaced in text
    path.write_text(text.replace(replaced, case["with"], 1))
    assert told(directory) == case["told"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_no_message_is_in_the_words_of_a_library(case: dict[str, Any]) -> None:
    assert not [line for line in case["told"] for words in PYDANTIC_WORDS if words in line]


def replace(directory: Path, file: str, old: str, new: str) -> None:
    path = directory / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_mistakes_in_all_files_are_told_at_once_in_order(directory: Path) -> None:
    replace(directory, "speed-dials.toml", "slot = 8", "slot = 0")
    replace(directory, "speed-dials.toml", '"101"', '"211"')
    replace(directory, "policy.toml", "premium = false", "premium = 1")
    replace(directory, "mailboxes.toml", '["main", "sales"]', '["main", "sails"]')
    replace(directory, "caller-ids.toml", 'name = "Sales"', "name = Sales")
    replace(directory, "service.toml", "[service]", "[servce]")
    (directory / "service.toml").write_bytes((directory / "service.toml").read_bytes() + b"\nnot_here = 1\n")
    assert [line.partition(": ")[0] for line in told(directory)] == [
        "service.toml:4",
        "service.toml:54",
        "caller-ids.toml:15",
        "policy.toml:20",
        "speed-dials.toml:11",
        "speed-dials.toml:14",
    ]


def test_a_speed_dial_slot_that_is_an_extension_is_refused(directory: Path) -> None:
    replace(directory, "service.toml", '["1XX"]', '["1XX", "5X"]')
    replace(directory, "speed-dials.toml", "slot = 8", "slot = 52")
    [line] = told(directory)
    assert line.startswith(
        "speed-dials.toml:14: company[1].slot: slot 52 is also an extension (5X in service"
    )
    assert line.endswith("; choose another slot")


def test_a_missing_file_is_told_with_its_directory(directory: Path) -> None:
    (directory / "policy.toml").unlink()
    assert told(directory) == [
        f"policy.toml: the file is missing in {directory}; copy it from the example configuration"
    ]


def test_a_missing_directory_is_told_for_every_file(tmp_path: Path) -> None:
    assert len(told(tmp_path / "nowhere")) == 5


def test_text_that_is_not_utf_8_is_told_with_its_line(directory: Path) -> None:
    path = directory / "caller-ids.toml"
    path.write_bytes(path.read_bytes().replace(b'"Sales"', b'"Sal\xe9s"'))
    assert told(directory) == ["caller-ids.toml:15: the text is not UTF-8; save the file as UTF-8"]


def test_a_directory_in_place_of_a_file_is_told(directory: Path) -> None:
    (directory / "policy.toml").unlink()
    (directory / "policy.toml").mkdir()
    assert told(directory) == ["policy.toml: this is not a file; put a text file in its place"]


def test_a_file_that_is_far_too_large_is_not_read(directory: Path) -> None:
    (directory / "policy.toml").write_bytes(b"#" * 1_048_577)
    assert told(directory) == ["policy.toml: the file is larger than 1 MiB; restore the right file"]


def test_values_nested_without_end_are_told(directory: Path) -> None:
    (directory / "policy.toml").write_text("a = " + "[" * 100_000)
    assert told(directory) == ["policy.toml: values are nested too deeply; write them in a simpler way"]


def test_a_link_in_a_circle_is_told(directory: Path) -> None:
    (directory / "policy.toml").unlink()
    (directory / "policy.toml").symlink_to("policy.toml")
    assert told(directory) == [
        "policy.toml: the file cannot be read (Too many levels of symbolic links); make it readable"
    ]


def test_a_problem_of_one_file_does_not_make_the_others_look_wrong(directory: Path) -> None:
    (directory / "caller-ids.toml").unlink()
    (directory / "service.toml").write_text("[")
    assert [line.partition(":")[0] for line in told(directory)] == ["service.toml", "caller-ids.toml"]
