"""A file of blocked numbers: what is written is read back, and all else is an entry or a mistake."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ivr_service.admin.blocked_file import COLUMNS, BlockedFileError, Defaults, read_blocked, write_blocked
from ivr_service.policy.blockable import NotBlockable, blockable_number
from ivr_service.store.blocked_numbers import EVERYBODY, BlockedNumber
from tests.fakes.site import site

SETTINGS = site()
NOW = datetime(2026, 5, 4, 16, 0, tzinfo=UTC)
FOR_EVERYBODY = Defaults(EVERYBODY, NOW)

north_american = st.from_regex(r"\+1[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True)
foreign = st.from_regex(r"\+44[1-9][0-9]{9}", fullmatch=True)
numbers = st.one_of(north_american, foreign).filter(
    lambda number: not isinstance(blockable_number(number, SETTINGS), NotBlockable)
)
moments = st.integers(0, 4_000_000_000_000).map(
    lambda milliseconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
)
by_phone = st.tuples(
    st.sampled_from(["103@default", "other-1@else"]), st.from_regex(r"[0-9a-f]{32}", fullmatch=True)
)
entries = st.builds(
    lambda number, mailbox, by, moment: BlockedNumber(number, mailbox, by[0], by[1], moment),
    numbers,
    st.sampled_from([EVERYBODY, "103@default", "104@default"]),
    st.one_of(st.just(("", "")), by_phone),
    moments,
)
cells = st.one_of(
    st.text(max_size=12), st.sampled_from(["2125551234", "103@default", "911", "+44", "2026-05-04T16:00Z"])
)


@given(st.lists(entries, max_size=8))
def test_what_is_exported_is_imported_as_it_was(blocked: list[BlockedNumber]) -> None:
    assert read_blocked(write_blocked(blocked), SETTINGS, FOR_EVERYBODY) == tuple(blocked)


@given(st.lists(entries, min_size=1, max_size=4))
def test_another_person_is_not_the_same_entry(blocked: list[BlockedNumber]) -> None:
    changed = [replace(entry, blocked_by="105@default") for entry in blocked]
    assert read_blocked(write_blocked(changed), SETTINGS, FOR_EVERYBODY) != tuple(blocked)


def read_or_mistakes(text: str) -> tuple[tuple[BlockedNumber, ...], tuple[str, ...]]:
    try:
        return read_blocked(text, SETTINGS, FOR_EVERYBODY), ()
    except BlockedFileError as error:
        return (), error.mistakes


@given(st.lists(st.sampled_from(COLUMNS), max_size=5), st.lists(st.lists(cells, max_size=6), max_size=5))
def test_whatever_is_in_a_file_is_an_entry_or_a_mistake_with_its_line(
    columns: list[str], rows: list[list[str]]
) -> None:
    text = "\n".join([",".join(columns), *(",".join(row) for row in rows)])
    read, mistakes = read_or_mistakes(text)
    assert all(mistake.startswith("line ") for mistake in mistakes)
    assert all(blockable_number(entry.number, SETTINGS) == entry.number for entry in read)


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    read, mistakes = read_or_mistakes(text)
    assert not (read and mistakes)


@given(st.lists(entries, min_size=1, max_size=8), st.data())
def test_a_file_with_one_broken_row_has_one_mistake_in_that_line(
    blocked: list[BlockedNumber], data: st.DataObject
) -> None:
    lines = write_blocked(blocked).splitlines()
    broken = data.draw(st.integers(1, len(blocked)))
    lines[broken] = lines[broken].replace("+", "x", 1)
    read, mistakes = read_or_mistakes("\n".join(lines))
    assert read == ()
    assert [mistake.partition(":")[0] for mistake in mistakes] == [f"line {broken + 1}"]
