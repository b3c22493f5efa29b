"""Whatever is in the files, loading gives settings or a ConfigurationError whose problems read well."""

import shutil
import string
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr_service.config import FILES, ConfigurationError, LoadedSettings, load_settings

unhurried = settings(deadline=None)  # a busy machine is no failure
EXAMPLE = Path(__file__).parents[2] / "deploy/example"
FILE_NAMES = [kind.name for kind in FILES.values()]
WORDS = sorted(
    {word for name in FILE_NAMES for word in (EXAMPLE / name).read_text().split() if len(word) < 30}
)

toml_values = st.recursive(
    st.sampled_from(
        ["1", "-1", "1.5", "true", '""', '"main"', '"+12025550100"', "nan", "22:00:00", "2026-01-01"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]")
        | inner.map(lambda item: "{a = " + item + "}")
    ),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(shutil.copytree(EXAMPLE, Path(name) / "config"))


def load_with(directory: Path, name: str, content: bytes) -> LoadedSettings | ConfigurationError:
    """Load the example with one file's content replaced."""
    path = directory / name
    path.write_bytes(content)
    try:
        return load_settings(directory)
    except ConfigurationError as error:
        return error
    finally:
        shutil.copy(EXAMPLE / name, path)


def assert_reads_well(outcome: LoadedSettings | ConfigurationError) -> None:
    if isinstance(outcome, LoadedSettings):
        return
    assert outcome.problems
    for problem in outcome.problems:
        assert problem.file in FILE_NAMES
        assert problem.wrong
        assert problem.remedy
        assert "not right here" not in problem.wrong
        assert "Input should" not in str(problem)


@unhurried
@given(name=st.sampled_from(FILE_NAMES), content=st.binary(max_size=200))
def test_any_bytes_are_settings_or_a_configuration_error(directory: Path, name: str, content: bytes) -> None:
    assert_reads_well(load_with(directory, name, content))


@unhurried
@given(name=st.sampled_from(FILE_NAMES), words=st.lists(st.sampled_from(WORDS), max_size=25), data=st.data())
def test_any_mix_of_known_words_is_settings_or_a_configuration_error(
    directory: Path, name: str, words: list[str], data: st.DataObject
) -> None:
    gaps = data.draw(st.lists(st.sampled_from([" ", "\n"]), min_size=len(words), max_size=len(words)))
    text = "".join(word + gap for word, gap in zip(words, gaps, strict=True))
    assert_reads_well(load_with(directory, name, text.encode()))


@unhurried
@given(name=st.sampled_from(FILE_NAMES), line=st.integers(0, 60), value=toml_values)
def test_any_value_in_place_of_a_setting_is_accepted_or_told(
    directory: Path, name: str, line: int, value: str
) -> None:
    lines = (EXAMPLE / name).read_text().splitlines()
    written = [number for number, text in enumerate(lines) if " = " in text and not text.startswith("#")]
    number = written[line % len(written)]
    lines[number] = lines[number].split(" = ")[0] + " = " + value
    assert_reads_well(load_with(directory, name, "\n".join(lines).encode()))


@unhurried
@given(
    name=st.sampled_from(FILE_NAMES),
    key=st.sampled_from([key for kind in FILES.values() for key in kind.model.model_fields]),
    value=toml_values,
)
def test_any_value_in_place_of_a_table_is_accepted_or_told(
    directory: Path, name: str, key: str, value: str
) -> None:
    assert_reads_well(load_with(directory, name, f"{key} = {value}\n".encode()))


@unhurried
@given(name=st.sampled_from(FILE_NAMES), cut=st.integers(0, 3000))
def test_a_file_cut_off_anywhere_is_settings_or_a_configuration_error(
    directory: Path, name: str, cut: int
) -> None:
    assert_reads_well(load_with(directory, name, (EXAMPLE / name).read_bytes()[:cut]))


@unhurried
@given(
    name=st.sampled_from(FILE_NAMES),
    at=st.integers(0, 3000),
    characters=st.text(alphabet=string.printable + "é\0“", min_size=1, max_size=3),
)
def test_a_slip_of_the_keyboard_is_settings_or_a_configuration_error(
    directory: Path, name: str, at: int, characters: str
) -> None:
    text = (EXAMPLE / name).read_text()
    edited = text[:at] + characters + text[at + 1 :]
    assert_reads_well(load_with(directory, name, edited.encode()))
