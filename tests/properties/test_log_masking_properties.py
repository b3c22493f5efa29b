"""No telephone number gets into a log, whatever is logged."""

import io
import json
import logging
import re
from collections.abc import Iterator, Mapping

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr_service.logs import DROPPED, call_bound, configure_logging, hide_private, masked

SEVEN_DIGITS = re.compile(r"[0-9]{7}")
numbers = st.from_regex(r"\+?[0-9]([ ()./-]{0,3}[0-9]){6,14}", fullmatch=True)
texts = st.text(max_size=20) | numbers | st.tuples(st.text(max_size=5), numbers).map("".join)
values = st.recursive(
    texts | st.integers() | st.floats() | st.booleans() | st.none() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)


def shows_a_number(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(shows_a_number, [*value.keys(), *value.values()]))
    if isinstance(value, list):
        return any(map(shows_a_number, value))
    return SEVEN_DIGITS.search(str(value)) is not None


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    before = logging.getLogger().handlers[:], logging.getLogger().level
    output = io.StringIO()
    configure_logging("info", output)
    yield output
    logging.getLogger().handlers, level = before
    logging.getLogger().setLevel(level)
    structlog.reset_defaults()


@given(texts)
def test_no_run_of_seven_digits_survives_in_a_text(text: str) -> None:
    assert not SEVEN_DIGITS.search(masked(text))


@given(numbers)
def test_four_digits_of_every_number_are_hidden(number: str) -> None:
    assert masked(number).count("*") >= 4


@settings(max_examples=50)
@given(st.dictionaries(texts, values, max_size=3))
def test_no_run_of_seven_digits_survives_in_any_field(fields: dict[str, object]) -> None:
    assert not shows_a_number(hide_private(None, "info", dict(fields)))


@settings(max_examples=50)
@given(values)
def test_an_identifier_field_is_no_way_round_the_masking(value: object) -> None:
    event = {"call_id": value, "grant_id": value, "timestamp": value}
    if not (isinstance(value, str) and re.fullmatch(r"[0-9a-f]{16,64}", value)):
        assert not shows_a_number(hide_private(None, "info", event))


@given(st.integers(min_value=1, max_value=4_194_304))
def test_the_number_of_a_process_is_shown(pid: int) -> None:
    assert hide_private(None, "info", {"pid": pid}) == {"pid": pid}


@given(st.integers(min_value=4_194_305) | numbers)
def test_nothing_but_the_number_of_a_process_is_shown_as_one(value: object) -> None:
    assert not shows_a_number(hide_private(None, "info", {"pid": value}))


@settings(max_examples=50)
@given(st.sampled_from(sorted(DROPPED)), values)
def test_secret_fields_are_dropped_at_every_depth(name: str, value: object) -> None:
    event = {name: value, name.upper(): value, "nested": [{name: value}]}
    assert hide_private(None, "info", event) == {"nested": [{}]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+12125551234", "+121255*****"),
        ("2125551234", "212555****"),
        ("5551234", "555****"),
        ("(212) 555-1234", "(212) 555-****"),
        ("PJSIP/12125551234@trunk", "PJSIP/121255*****@trunk"),
        ("103@default", "103@default"),
        ("extension 501", "extension 501"),
    ],
)
def test_a_number_stays_recognisable_to_those_who_know_it(text: str, expected: str) -> None:
    assert masked(text) == expected


def test_a_line_is_json_with_the_id_of_its_call(stream: io.StringIO) -> None:
    call_id = "1234567890abcdef" * 2
    with call_bound(call_id):
        structlog.get_logger().info("dial granted", number="+12125551234", pin="8305172")
    line = json.loads(stream.getvalue())
    assert line["call_id"] == call_id
    assert (line["event"], line["level"], line["number"]) == ("dial granted", "info", "+121255*****")
    assert "pin" not in line
    assert line["timestamp"].endswith("Z")


def test_the_id_of_a_call_is_gone_after_it(stream: io.StringIO) -> None:
    with call_bound("a" * 32):
        pass
    structlog.get_logger().info("idle")
    assert "call_id" not in json.loads(stream.getvalue())


def test_what_a_library_logs_is_masked_too(stream: io.StringIO) -> None:
    logging.getLogger("some.library").warning("could not reach %s", "+12125551234")
    line = json.loads(stream.getvalue())
    assert (line["event"], line["level"]) == ("could not reach +121255*****", "warning")


def test_numbers_in_a_traceback_are_masked(stream: io.StringIO) -> None:
    try:
        int("number 12125551234")
    except ValueError:
        structlog.get_logger().exception("it broke")
    assert not SEVEN_DIGITS.search(json.loads(stream.getvalue())["exception"])


def test_what_is_below_the_level_is_not_written(stream: io.StringIO) -> None:
    structlog.get_logger().debug("turn")
    logging.getLogger("some.library").debug("detail")
    assert stream.getvalue() == ""
