"""What holds for every text, every number and every count, not only for those somebody thought of."""

import re
import string
from datetime import UTC, datetime

import phonenumbers
from hypothesis import assume, given
from hypothesis import strategies as st

from ivr_service.dialogue.actions import RequestDial
from ivr_service.dialogue.events import EntryAccepted
from ivr_service.dialogue.values import CallKind, Destination, NumberClass, Origin
from ivr_service.policy.area_codes import AREAS_ABROAD, PERSONAL, TOLL_FREE
from ivr_service.policy.codes import split_codes
from ivr_service.policy.dialling import decide_dial
from ivr_service.policy.entry import decide_entry
from ivr_service.policy.limits import Usage, every_limit
from ivr_service.policy.pins import PinFailures, may_try, pin_problem, wait_before_next
from ivr_service.policy.settings import Limits, Policy, SpeedDial
from tests.fakes.site import FTC_AREA_CODES, asker, site

NOW = datetime(2026, 5, 4, 16, 0, tzinfo=UTC)
SITE = site()
DIGITS = st.text("0123456789", max_size=20)
KEYS = st.text("0123456789*#", max_size=20)
LIKE_CALLER_IDS = st.text("0123456789+-(). abcxsip:@", max_size=24)
TEXTS = st.one_of(st.text(max_size=40), DIGITS, KEYS, LIKE_CALLER_IDS)
KINDS = st.sampled_from(CallKind)
ORIGINS = st.sampled_from(Origin)


def _is_ordinary_area(code: str) -> bool:
    number = phonenumbers.parse(f"+1{code}2345678", None)
    kind = phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE
    is_home = phonenumbers.region_code_for_number(number) in ("US", "CA")
    return is_home and phonenumbers.number_type(number) == kind


EVERY_AREA_CODE = [str(code) for code in range(200, 1000)]
ORDINARY_AREA_CODES = [code for code in EVERY_AREA_CODE if _is_ordinary_area(code)]
EXCHANGES = [
    str(code) for code in range(200, 1000) if str(code)[1:] != "11" and str(code) not in ("555", "976")
]
LINES = st.text("0123456789", min_size=4, max_size=4)


DIAL_STRING = re.compile(r"(PJSIP|Local)/[0-9]{2,18}@(trunk|from-internal|ivr-emergency)")


@st.composite
def geographic_numbers(draw: st.DrawFn) -> str:
    """Ten digits of an ordinary number of the United States or Canada.

    Of the newest area codes the numbering tables know only the exchanges that are given out by now (983).
    """
    number = f"{draw(st.sampled_from(ORDINARY_AREA_CODES))}{draw(st.sampled_from(EXCHANGES))}{draw(LINES)}"
    assume(phonenumbers.is_valid_number(phonenumbers.parse(f"+1{number}", None)))
    return number


@st.composite
def forbidden_numbers(draw: st.DrawFn) -> str:
    """E.164 of a number that nobody at the site may call: abroad, banned, charged, personal."""
    line = draw(LINES)
    exchange = draw(st.sampled_from(EXCHANGES))
    area = draw(st.sampled_from([*FTC_AREA_CODES, *AREAS_ABROAD, "900", *PERSONAL]))
    ordinary = draw(st.sampled_from(ORDINARY_AREA_CODES))
    country = draw(st.sampled_from(["44", "49", "222", "232", "882", "979", "61"]))
    subscriber = draw(st.text("0123456789", min_size=7, max_size=11))
    return draw(
        st.sampled_from([f"+1{area}{exchange}{line}", f"+1{ordinary}976{line}", f"+{country}{subscriber}"])
    )


@st.composite
def written(draw: st.DrawFn, e164: str) -> tuple[CallKind, str]:
    """One of the ways a number can be keyed, or arrive as a caller ID, tricks included."""
    digits = e164[1:]
    short = digits.removeprefix("1")
    body = draw(st.sampled_from([digits, short, f"011{digits}", f"1{digits}", f"00{digits}", f"0{short}"]))
    if draw(st.booleans()):
        before = draw(st.sampled_from(["", "1*", "2*", "*67", "*82", "1010288", "1*2*", "9", "#", "*"]))
        after = draw(st.sampled_from(["", "#", "*", "##"]))
        return CallKind.DIAL_OUT, f"{before}{body}{after}"
    before = draw(st.sampled_from(["", "+", "++", "(", "sip:", " ", "*67", "1010288", "+011"]))
    separators = draw(
        st.lists(st.sampled_from(["", "-", " ", ".", "(", ")"]), min_size=len(body), max_size=len(body))
    )
    return CallKind.CALLBACK, before + "".join(map("".join, zip(body, separators, strict=True)))


@given(text=TEXTS, kind=KINDS, origin=ORIGINS)
def test_no_text_leads_to_anything_but_digits(text: str, kind: CallKind, origin: Origin) -> None:
    who = asker(SITE, kind=kind, origin=origin)
    answer = decide_entry(text, who).answer
    if isinstance(answer, EntryAccepted):
        assert re.fullmatch(r"\+?[0-9]{2,15}", answer.destination.number)
        assert "".join(answer.destination.groups) in answer.destination.number
        permit = decide_dial(RequestDial(answer.destination, "main"), who, Usage(), NOW).permit
        assert permit is not None
        assert DIAL_STRING.fullmatch(permit.dial_string)


@given(number=st.text(max_size=30), number_class=st.sampled_from(NumberClass), origin=ORIGINS)
def test_no_forged_destination_gets_anything_but_digits_dialled(
    number: str, number_class: NumberClass, origin: Origin
) -> None:
    wanted = RequestDial(Destination(number, number_class, ()), "main")
    decision = decide_dial(wanted, asker(SITE, origin=origin), Usage(), NOW)
    if decision.permit is not None:
        assert DIAL_STRING.fullmatch(decision.permit.dial_string)


@given(data=st.data(), e164=forbidden_numbers())
def test_a_forbidden_number_is_never_dialled_however_it_is_written(data: st.DataObject, e164: str) -> None:
    kind, text = data.draw(written(e164))
    who = asker(SITE, kind=kind)
    answer = decide_entry(text, who).answer
    if isinstance(answer, EntryAccepted):
        # Cut up by a trick it may have become another number, but only one that is allowed for itself.
        assert answer.destination.number != e164
        assert answer.destination.number_class in (NumberClass.NATIONAL, NumberClass.TOLL_FREE)
        assert answer.destination.number[2:5] in {*ORDINARY_AREA_CODES, *TOLL_FREE}


@given(e164=forbidden_numbers(), kind=KINDS)
def test_a_forbidden_number_behind_a_speed_dial_is_never_dialled(e164: str, kind: CallKind) -> None:
    slot = SpeedDial.model_construct(slot=5, name="Holiday", number=e164)
    for text in ("5", "5#", "05", "1*5", "2*5#"):
        answer = decide_entry(text, asker(SITE, kind=kind, own_slots={5: slot})).answer
        assert not isinstance(answer, EntryAccepted)


@given(e164=forbidden_numbers(), number_class=st.sampled_from(NumberClass))
def test_a_forbidden_number_gets_no_permit_as_whatever_it_is_presented(
    e164: str, number_class: NumberClass
) -> None:
    for number in (e164, e164[1:], e164[2:], f"011{e164[1:]}"):
        forged = Destination(number, number_class, (number,))
        assert decide_dial(RequestDial(forged, "main"), asker(SITE), Usage(), NOW).permit is None


@given(number=geographic_numbers())
def test_every_number_of_the_united_states_and_canada_is_accepted_in_every_form(number: str) -> None:
    area, exchange, line = number[:3], number[3:6], number[6:]
    keyed = [number, f"1{number}", f"{number}#"]
    arrived = [
        number,
        f"1{number}",
        f"+1{number}",
        f"1-{area}-{exchange}({line})",
        f"({area}) {exchange}-{line}",
    ]
    entries = [(CallKind.DIAL_OUT, text) for text in keyed] + [(CallKind.CALLBACK, text) for text in arrived]
    for kind, text in entries:
        answer = decide_entry(text, asker(SITE, kind=kind)).answer
        assert answer == EntryAccepted(
            Destination(f"+1{number}", NumberClass.NATIONAL, (area, exchange, line))
        ), text


@given(codes=st.lists(st.text(string.digits, max_size=3), max_size=4), rest=DIGITS)
def test_codes_are_taken_off_as_they_were_put_on(codes: list[str], rest: str) -> None:
    starred = tuple(f"{code}*" for code in codes)
    assert split_codes("".join(starred) + rest) == (starred, rest)


COUNTS = st.integers(0, 12)


@given(
    counts=st.tuples(COUNTS, COUNTS, COUNTS, st.booleans(), COUNTS, st.integers(0, 2), COUNTS, COUNTS),
    tops=st.tuples(COUNTS, COUNTS, COUNTS, COUNTS, st.integers(1, 12), COUNTS),
)
def test_nothing_is_allowed_at_or_above_any_limit(
    counts: tuple[int, int, int, bool, int, int, int, int], tops: tuple[int, int, int, int, int, int]
) -> None:
    hour, day, distinct, is_known, same, own_open, system_open, system_hour = counts
    usage = Usage(hour, day, distinct, is_known, same, own_open, system_open, system_hour)
    limits = Limits(
        calls_per_hour=tops[0],
        calls_per_day=tops[1],
        distinct_numbers_per_day=tops[2],
        same_number_per_hour=tops[3],
    )
    policy = Policy(system_calls_at_once=tops[4], system_calls_per_hour=tops[5])
    below = [hour < tops[0], day < tops[1], is_known or distinct < tops[2], same < tops[3]]
    below += [own_open < 1, system_open < tops[4], system_hour < tops[5]]
    reached = [check for check in every_limit(usage, limits, policy) if check.is_reached]
    assert (not reached) is all(below)


@given(pin=st.text(max_size=12))
def test_a_problem_with_a_pin_never_repeats_the_pin(pin: str) -> None:
    problem = pin_problem(pin)
    if problem is not None and len(pin) >= 4:
        assert pin not in problem


@given(in_a_row=st.integers(0, 40))
def test_more_wrong_pins_never_shorten_the_wait(in_a_row: int) -> None:
    failures = PinFailures(in_a_row, NOW)
    wait = wait_before_next(failures)
    assert wait <= wait_before_next(PinFailures(in_a_row + 1, NOW))
    assert may_try(failures, NOW + wait) is (in_a_row < 10)


def test_the_table_of_area_codes_abroad_is_what_phonenumbers_knows() -> None:
    known = {}
    for code in EVERY_AREA_CODE:
        for exchange in ("201", "234", "404", "555", "600", "924"):
            number = phonenumbers.parse(f"+1{code}{exchange}1234", None)
            country = phonenumbers.region_code_for_number(number)
            if country not in (None, "US", "CA"):
                known[code] = country
    assert known == {code: area.country for code, area in AREAS_ABROAD.items()}


def test_no_area_code_is_in_two_tables() -> None:
    tables = [*AREAS_ABROAD, *PERSONAL, *TOLL_FREE, "900", *ORDINARY_AREA_CODES]
    assert len(tables) == len(set(tables))
