"""What an entry means, as tables: what was keyed or arrived, and what becomes of it."""

from functools import reduce
from typing import Any

import pytest

from ivr_service.dialogue.events import EntryAccepted, EntryRefused, MenuRequested
from ivr_service.dialogue.values import CallKind, Destination, NumberClass, Origin, Refusal, RefusalReason
from ivr_service.policy.entry import EntryDecision, decide_entry
from ivr_service.policy.rules import SettingPath, Verdict
from ivr_service.policy.settings import SiteSettings, SpeedDial
from tests.fakes.site import EVERY_CLASS, asker, site

CALLBACK, DIAL_OUT = CallKind.CALLBACK, CallKind.DIAL_OUT


def entered(text: str, settings: SiteSettings | None = None, **who: Any) -> EntryDecision:
    return decide_entry(text, asker(settings, **who))


def destination_of(decision: EntryDecision) -> Destination:
    assert isinstance(decision.answer, EntryAccepted), decision.answer
    return decision.answer.destination


def refusal_of(decision: EntryDecision) -> Refusal:
    assert isinstance(decision.answer, EntryRefused), decision.answer
    return decision.answer.refusal


@pytest.mark.parametrize(
    "text",
    [
        "+12125551234",
        "12125551234",
        "2125551234",
        "1-212-555(1234)",
        "(212) 555-1234",
        "+1 (212) 555-1234",
        "212.555.1234",
    ],
)
def test_a_callback_number_is_canonical_however_it_is_written(text: str) -> None:
    destination = destination_of(entered(text, kind=CALLBACK))
    assert destination == Destination("+12125551234", NumberClass.NATIONAL, ("212", "555", "1234"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "anonymous",
        "Anonymous",
        "Unknown",
        "Restricted",
        "unavailable",
        "private",
        "asterisk",
        "s",
        "i",
        "anonymous@anonymous.invalid",
    ],
)
def test_a_callback_without_a_number_is_withheld(text: str) -> None:
    assert refusal_of(entered(text, kind=CALLBACK)).reason is RefusalReason.WITHHELD


@pytest.mark.parametrize(
    "text",
    [
        "sip:x@evil",
        "2125551234&PJSIP/9005551234@trunk",
        "2125551234@trunk",
        "1*2125551234",
        "*672125551234",
        "212555123a",
        "2125551234\n",
        "\n2125551234",
        "٢١٢٥٥٥١٢٣٤",
        "\uff12\uff11\uff12\uff15\uff15\uff15\uff11\uff12\uff13\uff14",
        "\u00b2125551234",
        "++12125551234",
        "212+5551234",
        "+",
        "()",
        "7",
        "5551234",
        "9-1-1",
        "2-1-1",
        "+911",
        "442071838750",
        "1" * 128,
    ],
)
def test_a_callback_to_anything_else_is_invalid(text: str) -> None:
    assert refusal_of(entered(text, kind=CALLBACK)).reason is RefusalReason.INVALID


def test_a_callback_takes_no_speed_dial() -> None:
    assert refusal_of(entered("7", kind=CALLBACK)).reason is RefusalReason.INVALID
    assert destination_of(entered("7", kind=DIAL_OUT)).name == "Front Desk"


def test_a_callback_to_an_extension_is_an_internal_call() -> None:
    destination = destination_of(entered("103", kind=CALLBACK))
    assert destination == Destination("103", NumberClass.INTERNAL, ("103",))


@pytest.mark.parametrize(
    ("keys", "number", "number_class"),
    [
        ("2125551234", "+12125551234", NumberClass.NATIONAL),
        ("12125551234", "+12125551234", NumberClass.NATIONAL),
        ("2125551234#", "+12125551234", NumberClass.NATIONAL),
        ("4165551234", "+14165551234", NumberClass.NATIONAL),
        ("8005551234", "+18005551234", NumberClass.TOLL_FREE),
        ("18885551234", "+18885551234", NumberClass.TOLL_FREE),
        ("104", "104", NumberClass.INTERNAL),
        ("55", "55", NumberClass.INTERNAL),
        ("911", "911", NumberClass.EMERGENCY),
        ("9911", "911", NumberClass.EMERGENCY),
        ("1911", "911", NumberClass.EMERGENCY),
        ("988", "988", NumberClass.EMERGENCY),
        ("1*911", "911", NumberClass.EMERGENCY),
        ("911#", "911", NumberClass.EMERGENCY),
        ("211", "211", NumberClass.SERVICE_CODE),
    ],
)
def test_a_keyed_number_is_recognised(keys: str, number: str, number_class: NumberClass) -> None:
    destination = destination_of(entered(keys))
    assert (destination.number, destination.number_class) == (number, number_class)


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ("", RefusalReason.EMPTY),
        ("#", RefusalReason.EMPTY),
        ("##", RefusalReason.INVALID),
        ("5551234", RefusalReason.INVALID),
        ("212555123", RefusalReason.INVALID),
        ("21255512345", RefusalReason.INVALID),
        ("1125551234", RefusalReason.INVALID),
        ("2121551234", RefusalReason.INVALID),
        ("9115551234", RefusalReason.INVALID),
        ("2129111234", RefusalReason.INVALID),
        ("212#5551234", RefusalReason.INVALID),
        ("2125551234*", RefusalReason.INVALID),
        ("+12125551234", RefusalReason.INVALID),
        ("212-555-1234", RefusalReason.INVALID),
        ("anonymous", RefusalReason.INVALID),
        ("A125551234", RefusalReason.INVALID),
        ("11672125551234", RefusalReason.INVALID),
        ("4735551234", RefusalReason.BANNED_AREA),
        ("18765551234", RefusalReason.BANNED_AREA),
        ("2425551234", RefusalReason.FOREIGN_COUNTRY),
        ("7875551234", RefusalReason.FOREIGN_COUNTRY),
        ("0114735551234", RefusalReason.INTERNATIONAL),
        ("01114735551234", RefusalReason.BANNED_AREA),
        ("0116175551234", RefusalReason.INTERNATIONAL),
        ("011442071838750", RefusalReason.INTERNATIONAL),
        ("01122212345678", RefusalReason.BANNED_AREA),
        ("9005551234", RefusalReason.PREMIUM),
        ("19765551234", RefusalReason.INVALID),
        ("2129761234", RefusalReason.PREMIUM),
        ("5005551234", RefusalReason.PERSONAL_NUMBER),
        ("5335551234", RefusalReason.PERSONAL_NUMBER),
        ("6005551234", RefusalReason.PERSONAL_NUMBER),
        ("7005551234", RefusalReason.PERSONAL_NUMBER),
        ("10102882125551234", RefusalReason.OPERATOR),
        ("1010288", RefusalReason.OPERATOR),
        ("00", RefusalReason.OPERATOR),
        ("012125551234", RefusalReason.OPERATOR),
        ("02125551234", RefusalReason.OPERATOR),
        ("411", RefusalReason.DIRECTORY),
        ("2125551212", RefusalReason.DIRECTORY),
        ("611", RefusalReason.SERVICE_CODE),
        ("6", RefusalReason.UNKNOWN_SLOT),
        ("44", RefusalReason.UNKNOWN_SLOT),
        ("8", RefusalReason.BANNED_AREA),
    ],
)
def test_a_keyed_number_is_refused_with_its_reason(keys: str, reason: RefusalReason) -> None:
    assert refusal_of(entered(keys, number="104")).reason is reason


@pytest.mark.parametrize(
    ("keys", "reason", "understood_not"),
    [
        ("3*2125551234", RefusalReason.UNKNOWN_CODE, "3*"),
        ("1*3*2125551234", RefusalReason.UNKNOWN_CODE, "3*"),
        ("21*55", RefusalReason.UNKNOWN_CODE, "21*"),
        ("*672125551234", RefusalReason.UNKNOWN_CODE, "*67"),
        ("*", RefusalReason.UNKNOWN_CODE, "*"),
        ("**1*2125551234", RefusalReason.UNKNOWN_CODE, "*"),
        ("1**2125551234", RefusalReason.UNKNOWN_CODE, "*"),
        ("1*1*2125551234", RefusalReason.REPEATED_CODE, "1*"),
        ("1*2*2125551234", RefusalReason.REPEATED_CODE, "2*"),
        ("3", RefusalReason.UNKNOWN_SLOT, "3"),
        ("03", RefusalReason.UNKNOWN_SLOT, "03"),
    ],
)
def test_what_was_not_understood_is_named(keys: str, reason: RefusalReason, understood_not: str) -> None:
    refusal = refusal_of(entered(keys))
    assert (refusal.reason, refusal.keys) == (reason, understood_not)


@pytest.mark.parametrize(("keys", "caller_id"), [("1*2125551234", "main"), ("2*2125551234", "sales")])
def test_a_code_picks_the_caller_id(keys: str, caller_id: str) -> None:
    assert entered(keys).answer == EntryAccepted(
        Destination("+12125551234", NumberClass.NATIONAL, ("212", "555", "1234")), caller_id
    )


@pytest.mark.parametrize(
    ("keys", "caller_id"), [("0", None), ("0#", None), ("1*", "main"), ("2*0", "sales"), ("2*#", "sales")]
)
def test_the_menu_can_be_asked_for_without_a_number(keys: str, caller_id: str | None) -> None:
    assert entered(keys).answer == MenuRequested(caller_id)


def test_a_code_for_a_caller_id_of_others_is_refused() -> None:
    refusal = refusal_of(entered("2*2125551234", number="104"))
    assert (refusal.reason, refusal.keys) == (RefusalReason.CALLER_ID, "2*")


def test_a_code_never_changes_the_caller_id_of_an_emergency_or_service_call() -> None:
    assert entered("2*911").answer == EntryAccepted(Destination("911", NumberClass.EMERGENCY, ("911",)), None)
    assert entered("2*211").answer == EntryAccepted(Destination("211", NumberClass.SERVICE_CODE, ("211",)))


@pytest.mark.parametrize(("keys", "name"), [("7", "Front Desk"), ("7#", "Front Desk"), ("07", "Front Desk")])
def test_a_slot_is_its_number_and_name(keys: str, name: str) -> None:
    destination = destination_of(entered(keys))
    assert (destination.number, destination.name) == ("+12125551234", name)


def test_own_slots_come_before_the_files_and_those_before_the_companys() -> None:
    made = {9: SpeedDial(slot=9, name="Home", number="+12125550000")}
    assert destination_of(entered("9", own_slots=made)).name == "Home"
    assert destination_of(entered("9")).name == "My Desk"


def test_a_slot_is_checked_after_it_was_resolved() -> None:
    made = {5: SpeedDial(slot=5, name="Hotline", number="+19005551234")}
    assert refusal_of(entered("1*5", own_slots=made)).reason is RefusalReason.PREMIUM


@pytest.mark.parametrize("number", ["911", "9911", "211"])
def test_no_speed_dial_leads_to_an_emergency_or_service_number(number: str) -> None:
    made = {5: SpeedDial(slot=5, name="Help", number=number)}
    assert refusal_of(entered("5", own_slots=made)).reason is RefusalReason.INVALID


def test_an_extension_of_two_digits_is_reached_unless_a_slot_has_its_digits() -> None:
    assert destination_of(entered("55")).number_class is NumberClass.INTERNAL
    made = {55: SpeedDial(slot=55, name="Home", number="+12125550000")}
    assert destination_of(entered("55", own_slots=made)).name == "Home"


@pytest.mark.parametrize("kind", [CALLBACK, DIAL_OUT])
def test_an_emergency_number_from_outside_is_told_what_to_do(kind: CallKind) -> None:
    refusal = refusal_of(entered("911", kind=kind, origin=Origin.OUTSIDE))
    assert refusal.reason is RefusalReason.EMERGENCY_FROM_OUTSIDE


def test_a_callback_to_exactly_an_emergency_number_is_one() -> None:
    assert destination_of(entered("911", kind=CALLBACK)).number_class is NumberClass.EMERGENCY


def test_a_service_code_from_outside_is_refused() -> None:
    assert refusal_of(entered("211", origin=Origin.OUTSIDE)).reason is RefusalReason.SERVICE_CODE


def test_emergency_numbers_win_over_extensions_that_look_like_them() -> None:
    settings = site(patterns=("9XX", "XXX"))
    assert destination_of(entered("911", settings)).number_class is NumberClass.EMERGENCY
    assert destination_of(entered("912", settings)).number_class is NumberClass.INTERNAL


def test_a_service_code_that_is_not_allowed_may_be_an_extension() -> None:
    assert destination_of(entered("611", site(patterns=("6XX",)))).number_class is NumberClass.INTERNAL


def test_a_class_the_mailbox_may_not_dial_is_refused_at_once() -> None:
    settings = site(mailbox={"allowed": ["internal"]})
    assert refusal_of(entered("2125551234", settings)).reason is RefusalReason.CLASS_NOT_ALLOWED


@pytest.mark.parametrize(
    ("policy", "keys", "number", "number_class", "groups"),
    [
        (
            {"international": True, "international_countries": ["GB"]},
            "011442071838750",
            "+442071838750",
            NumberClass.INTERNATIONAL,
            ("442", "071", "83", "8750"),
        ),
        (
            {"international": True, "international_countries": ["BS"]},
            "2423221234",
            "+12423221234",
            NumberClass.OTHER_NANP,
            ("242", "322", "1234"),
        ),
        (
            {"home_countries": ["US", "CA", "PR"]},
            "7872345678",
            "+17872345678",
            NumberClass.NATIONAL,
            ("787", "234", "5678"),
        ),
        ({"premium": True}, "9005551234", "+19005551234", NumberClass.PREMIUM, ("900", "555", "1234")),
        (
            {"directory_assistance": True},
            "2125551212",
            "+12125551212",
            NumberClass.NATIONAL,
            ("212", "555", "1212"),
        ),
        ({"directory_assistance": True}, "411", "411", NumberClass.NATIONAL, ("411",)),
    ],
)
def test_what_policy_and_mailbox_both_allow_is_accepted(
    policy: dict[str, Any], keys: str, number: str, number_class: NumberClass, groups: tuple[str, ...]
) -> None:
    settings = site(policy=policy, mailbox={"allowed": EVERY_CLASS})
    assert destination_of(entered(keys, settings)) == Destination(number, number_class, groups)


@pytest.mark.parametrize(
    ("policy", "keys", "reason"),
    [
        ({"international_countries": ["GB"]}, "011442071838750", RefusalReason.INTERNATIONAL),
        (
            {"international": True, "international_countries": ["GB"]},
            "0114930123456",
            RefusalReason.FOREIGN_COUNTRY,
        ),
        ({"international": True, "international_countries": ["GB"]}, "011449", RefusalReason.INVALID),
        (
            {"international": True, "international_countries": ["GB"]},
            "0114491234567",
            RefusalReason.INVALID,
        ),
        (
            {"international": True, "international_countries": ["GB"]},
            "011449091234567",
            RefusalReason.PREMIUM,
        ),
        (
            {"international": True, "international_countries": ["GB"]},
            "011882161234567",
            RefusalReason.FOREIGN_COUNTRY,
        ),
        (
            {"international": True, "international_countries": ["GB"], "banned_country_codes": [44]},
            "011442071838750",
            RefusalReason.BANNED_AREA,
        ),
        (
            {"international": True, "international_countries": ["JM"]},
            "8763221234",
            RefusalReason.BANNED_AREA,
        ),
        ({"home_countries": ["US"]}, "4165551234", RefusalReason.FOREIGN_COUNTRY),
        ({"toll_free": False}, "8005551234", RefusalReason.TOLL_FREE),
    ],
)
def test_what_the_policy_does_not_allow_is_refused(
    policy: dict[str, Any], keys: str, reason: RefusalReason
) -> None:
    settings = site(policy=policy, mailbox={"allowed": EVERY_CLASS})
    assert refusal_of(entered(keys, settings)).reason is reason


def test_the_country_is_named_when_it_is_known() -> None:
    assert refusal_of(entered("2425551234")).country == "the Bahamas"
    assert refusal_of(entered("4735551234")).country == "Grenada"


@pytest.mark.parametrize(
    ("keys", "setting"),
    [
        ("4735551234", ("policy", "policy", "banned_area_codes", 2)),
        ("2425551234", ("policy", "policy", "home_countries")),
        ("9005551234", ("policy", "policy", "premium")),
        ("3*2125551234", ("caller_ids", "codes")),
        ("611", ("policy", "policy", "service_codes")),
    ],
)
def test_the_trace_ends_in_the_rule_and_setting_that_refused(keys: str, setting: SettingPath) -> None:
    last = entered(keys).trace[-1]
    assert (last.verdict, last.setting) == (Verdict.REFUSED, setting)


@pytest.mark.parametrize(
    "keys", ["1*7", "8", "9", "2*2125551234", "104", "211", "911", "4735551234", "1*2*3"]
)
def test_every_setting_in_a_trace_exists(keys: str) -> None:
    settings = site()
    for step in entered(keys, settings).trace:
        if step.setting:
            assert reduce(_down, step.setting, settings) is not None


def _down(value: Any, key: str | int) -> Any:
    return getattr(value, key) if isinstance(key, str) and hasattr(value, key) else value[key]
