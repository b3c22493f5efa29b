"""Whether a dial is permitted, rule by rule, and exactly what is dialled."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivr_service.dialogue.actions import RequestDial
from ivr_service.dialogue.values import (
    Destination,
    InvalidValueError,
    NumberClass,
    Origin,
    Refusal,
    RefusalReason,
)
from ivr_service.policy.dialling import DialDecision, Permit, decide_dial, fill, in_trunk_format
from ivr_service.policy.limits import Usage
from ivr_service.policy.rules import Verdict
from ivr_service.policy.settings import NumberFormat, SiteSettings
from tests.fakes.site import EVERY_CLASS, asker, site

NOON = datetime(2026, 5, 4, 16, 0, 30, tzinfo=UTC)  # half a minute past noon in New York
NEW_YORK = Destination("+12125551234", NumberClass.NATIONAL, ("212", "555", "1234"))
DESK = Destination("104", NumberClass.INTERNAL, ("104",))
EMERGENCY = Destination("911", NumberClass.EMERGENCY, ("911",))
COMMUNITY = Destination("211", NumberClass.SERVICE_CODE, ("211",))

EVERYTHING_USED = Usage(
    calls_last_hour=10**6,
    calls_last_day=10**6,
    distinct_numbers_last_day=10**6,
    same_number_last_hour=10**6,
    mailbox_open=10**6,
    system_open=10**6,
    system_last_hour=10**6,
)
QUIET_ALL_DAY = {"start": "00:00", "end": "23:59"}


def dialled(
    destination: Destination = NEW_YORK,
    settings: SiteSettings | None = None,
    *,
    caller_id: str | None = "main",
    usage: Usage | None = None,
    now: datetime = NOON,
    **who: Any,
) -> DialDecision:
    return decide_dial(RequestDial(destination, caller_id), asker(settings, **who), usage or Usage(), now)


def permit_of(decision: DialDecision) -> Permit:
    assert decision.permit is not None, decision.refusal
    assert decision.refusal is None
    return decision.permit


def refusal_of(decision: DialDecision) -> Refusal:
    assert decision.refusal is not None, decision.permit
    assert decision.permit is None
    return decision.refusal


def test_a_permit_holds_all_that_the_dial_needs() -> None:
    settings = site(trunk={"ring_s": 30, "max_call_s": 3600})
    assert permit_of(dialled(settings=settings, caller_id="sales")) == Permit(
        "PJSIP/12125551234@trunk", 30, 3600, "12025550101", "Sales"
    )


@pytest.mark.parametrize(
    ("number_format", "number", "dialled_as"),
    [
        ("1+10", "+12125551234", "12125551234"),
        ("10", "+12125551234", "2125551234"),
        ("e164", "+12125551234", "+12125551234"),
        ("1+10", "+442071838750", "011442071838750"),
        ("10", "+442071838750", "011442071838750"),
        ("e164", "+442071838750", "+442071838750"),
        ("1+10", "211", "211"),
        ("e164", "104", "104"),
    ],
)
def test_numbers_are_written_as_the_trunk_wants_them(
    number_format: str, number: str, dialled_as: str
) -> None:
    assert in_trunk_format(number, NumberFormat(number_format)) == dialled_as


def test_the_caller_id_is_written_like_the_number() -> None:
    permit = permit_of(dialled(settings=site(trunk={"number_format": "10"})))
    assert (permit.dial_string, permit.caller_id_number) == ("PJSIP/2125551234@trunk", "2025550100")


def test_an_international_number_goes_out_with_its_prefix() -> None:
    settings = site(
        policy={"international": True, "international_countries": ["GB"]}, mailbox={"allowed": EVERY_CLASS}
    )
    london = Destination("+442071838750", NumberClass.INTERNATIONAL, ("442", "071", "83", "8750"))
    assert permit_of(dialled(london, settings)).dial_string == "PJSIP/011442071838750@trunk"


def test_an_extension_keeps_the_phones_caller_id_and_its_own_dial_string() -> None:
    assert permit_of(dialled(DESK, caller_id=None)) == Permit("Local/104@from-internal", 45, 7200, None, "")


@pytest.mark.parametrize("number", ["103", "105"])
def test_an_emergency_call_from_inside_meets_no_rule_at_all(number: str) -> None:
    settings = site(policy={"quiet_hours": QUIET_ALL_DAY}, mailbox={"allowed": [], "inside_only": True})
    decision = dialled(EMERGENCY, settings, caller_id=None, usage=EVERYTHING_USED, number=number)
    assert permit_of(decision) == Permit("Local/911@ivr-emergency", 300, 86_400, None, "")


def test_an_emergency_call_from_outside_is_never_made() -> None:
    refusal = refusal_of(dialled(EMERGENCY, origin=Origin.OUTSIDE))
    assert refusal.reason is RefusalReason.EMERGENCY_FROM_OUTSIDE


def test_a_service_code_meets_no_limit_and_shows_the_default_caller_id() -> None:
    settings = site(policy={"quiet_hours": QUIET_ALL_DAY}, mailbox={"allowed": []})
    permit = permit_of(dialled(COMMUNITY, settings, caller_id="sales", usage=EVERYTHING_USED))
    assert (permit.dial_string, permit.caller_id_number) == ("PJSIP/211@trunk", "12025550100")


def test_a_service_code_needs_a_caller_id_and_a_phone_inside() -> None:
    assert refusal_of(dialled(COMMUNITY, number="105")).reason is RefusalReason.CALLER_ID
    assert refusal_of(dialled(COMMUNITY, origin=Origin.OUTSIDE)).reason is RefusalReason.SERVICE_CODE


@pytest.mark.parametrize("caller_id", [None, "", "nobody", "sales"])
def test_without_a_caller_id_of_its_own_a_mailbox_calls_nobody_outside(caller_id: str | None) -> None:
    assert refusal_of(dialled(caller_id=caller_id, number="104")).reason is RefusalReason.CALLER_ID


@pytest.mark.parametrize(
    "destination",
    [
        Destination("+19005551234", NumberClass.NATIONAL, ()),
        Destination("+18765551234", NumberClass.NATIONAL, ()),
        Destination("+12425551234", NumberClass.NATIONAL, ()),
        Destination("+442071838750", NumberClass.NATIONAL, ()),
        Destination("+12125551234", NumberClass.INTERNAL, ()),
        Destination("+12125551234", NumberClass.EMERGENCY, ()),
        Destination("2125551234", NumberClass.NATIONAL, ()),
        Destination("104", NumberClass.SERVICE_CODE, ()),
        Destination("9911", NumberClass.EMERGENCY, ()),
        Destination("911@trunk", NumberClass.EMERGENCY, ()),
        Destination("2125551234&PJSIP/9005551234", NumberClass.NATIONAL, ()),
        Destination("", NumberClass.INTERNAL, ()),
    ],
)
def test_a_destination_that_is_not_what_it_says_is_refused(destination: Destination) -> None:
    assert refusal_of(dialled(destination)).reason is not RefusalReason.CALLER_ID


def test_a_number_that_was_banned_in_the_meantime_is_refused() -> None:
    settings = site(policy={"banned_area_codes": ["212"]})
    assert refusal_of(dialled(settings=settings)).reason is RefusalReason.BANNED_AREA


def test_a_class_taken_from_the_mailbox_is_refused() -> None:
    settings = site(mailbox={"allowed": ["internal"]})
    assert refusal_of(dialled(settings=settings)).reason is RefusalReason.CLASS_NOT_ALLOWED


@pytest.mark.parametrize("destination", [NEW_YORK, DESK])
def test_a_mailbox_for_inside_only_is_refused_from_outside(destination: Destination) -> None:
    settings = site(mailbox={"inside_only": True})
    assert (
        refusal_of(dialled(destination, settings, origin=Origin.OUTSIDE)).reason is RefusalReason.INSIDE_ONLY
    )
    permit_of(dialled(destination, settings, origin=Origin.INSIDE))


@pytest.mark.parametrize(
    ("start", "end", "now", "until"),
    [
        ("09:00", "13:00", NOON, "2026-05-04T13:00"),
        ("22:00", "12:01", NOON, "2026-05-04T12:01"),
        ("12:00", "08:00", NOON, "2026-05-05T08:00"),
        ("22:00", "12:00", NOON, None),
        ("12:01", "13:00", NOON, None),
        ("12:00", "12:00", NOON, None),
        # 2026-03-08: at 2:00 in New York the clocks go to 3:00
        ("22:00", "06:00", datetime(2026, 3, 8, 9, 59, tzinfo=UTC), "2026-03-08T06:00"),
        ("22:00", "06:00", datetime(2026, 3, 8, 10, 0, tzinfo=UTC), None),
    ],
)
def test_quiet_hours_are_in_site_time(start: str, end: str, now: datetime, until: str | None) -> None:
    decision = dialled(settings=site(policy={"quiet_hours": {"start": start, "end": end}}), now=now)
    if until is None:
        permit_of(decision)
    else:
        refusal = refusal_of(decision)
        assert (refusal.reason, refusal.until) == (RefusalReason.QUIET_HOURS, until)


def test_an_extension_is_reached_in_quiet_hours() -> None:
    permit_of(dialled(DESK, site(policy={"quiet_hours": QUIET_ALL_DAY})))


def test_an_internal_call_counts_only_among_the_calls_that_are_up() -> None:
    over_time = replace(EVERYTHING_USED, mailbox_open=0, system_open=0)
    permit_of(dialled(DESK, usage=over_time))
    assert refusal_of(dialled(DESK, usage=Usage(mailbox_open=1))).reason is RefusalReason.CALL_IN_PROGRESS
    assert refusal_of(dialled(DESK, usage=Usage(system_open=20))).reason is RefusalReason.SYSTEM_BUSY


def test_a_limit_says_when_to_try_again_in_site_time() -> None:
    usage = Usage(calls_last_hour=20, hour_frees_at=NOON + timedelta(minutes=5))
    refusal = refusal_of(dialled(usage=usage))
    assert refusal == Refusal(
        RefusalReason.HOURLY_LIMIT, until="2026-05-04T12:06", asked_at="2026-05-04T12:00"
    )


def test_every_refusal_says_when_it_was_asked() -> None:
    assert refusal_of(dialled(caller_id=None)).asked_at == "2026-05-04T12:00"


def test_a_mailboxs_own_limits_replace_the_policys() -> None:
    settings = site(mailbox={"limits": {"calls_per_hour": 2}})
    decision = dialled(settings=settings, usage=Usage(calls_last_hour=2))
    assert refusal_of(decision).reason is RefusalReason.HOURLY_LIMIT
    assert decision.trace[-1].setting == ("mailboxes", "mailboxes", 0, "limits", "calls_per_hour")


def test_the_trace_of_a_limit_names_the_setting_and_what_is_used() -> None:
    last = dialled(usage=Usage(system_last_hour=200)).trace[-1]
    assert (last.verdict, last.setting, last.detail) == (
        Verdict.REFUSED,
        ("policy", "policy", "system_calls_per_hour"),
        "200 of 200 used",
    )


def test_the_trace_of_a_permit_ends_in_what_is_dialled() -> None:
    last = dialled().trace[-1]
    assert (last.verdict, last.detail) == (Verdict.DECIDED, "as PJSIP/12125551234@trunk")


@pytest.mark.parametrize(
    "usage",
    [
        Usage(calls_last_hour=20),
        Usage(calls_last_day=60),
        Usage(distinct_numbers_last_day=30),
        Usage(same_number_last_hour=6),
        Usage(mailbox_open=1),
        Usage(system_open=20),
        Usage(system_last_hour=200),
    ],
)
def test_every_limit_refuses_on_its_own(usage: Usage) -> None:
    refusal_of(dialled(usage=usage))


def test_nothing_but_digits_goes_into_a_dial_string() -> None:
    for number in ("", "1", "12125551234@evil", "212 5551234", "+", "1" * 19, "\u0661\u0662\u0663", "123\n"):
        with pytest.raises(InvalidValueError):
            fill("PJSIP/{number}@trunk", number)


@pytest.mark.parametrize("numbers", [{}, {"112": "911"}, {"9988": "988"}])
def test_911_is_an_emergency_number_whatever_the_sites_list_says(numbers: dict[str, str]) -> None:
    settings = site(policy={"emergency": {"numbers": numbers}})
    assert permit_of(dialled(EMERGENCY, settings)).dial_string == "Local/911@ivr-emergency"


def test_an_emergency_number_is_dialled_also_when_only_a_longer_form_of_it_is_configured() -> None:
    settings = site(policy={"emergency": {"numbers": {"9988": "988"}}})
    lifeline = Destination("988", NumberClass.EMERGENCY, ("988",))
    assert permit_of(dialled(lifeline, settings)).dial_string == "Local/988@ivr-emergency"


# --- numbers that were blocked


@pytest.mark.parametrize(
    ("destination", "reason"),
    [
        (NEW_YORK, RefusalReason.BLOCKED_NUMBER),
        (replace(NEW_YORK, number="+13125550000"), None),
        (EMERGENCY, None),
        (COMMUNITY, None),
    ],
    ids=lambda value: getattr(value, "number", str(value)),
)
def test_a_blocked_number_is_refused_and_help_never(
    destination: Destination, reason: RefusalReason | None
) -> None:
    settings = site(policy={"service_codes": ["211"]})
    who = replace(asker(settings), is_blocked=lambda number: number != "+13125550000")
    decision = decide_dial(RequestDial(destination, "main"), who, Usage(), NOON)
    assert (decision.refusal.reason if decision.refusal else None) is reason
    steps = [step for step in decision.trace if step.rule == "numbers that were blocked"]
    assert [step.verdict for step in steps] == (
        [] if destination.goes_at_once else [Verdict.PASSED if reason is None else Verdict.REFUSED]
    )
