"""What a number is: one decision for every number, however it came.

Order: emergency numbers and service codes, extensions, dialling prefixes, the form, the ban lists, the table
of area codes, and only then phonenumbers. What is dialled is what was decided here, in canonical form.
Facts: the FTC's list of 2014 and the FCC's country codes for the ban lists; the North American Numbering Plan
for prefixes and area codes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from ivr_service.dialogue.values import Destination, NumberClass, Refusal, RefusalReason
from ivr_service.policy import area_codes
from ivr_service.policy.places import country_of
from ivr_service.policy.rules import (
    Decided,
    Ruling,
    decided,
    first_outcome,
    lazily,
    not_applicable,
    passed,
    refused,
)
from ivr_service.policy.settings import Policy, SiteSettings
from ivr_service.policy.written import groups_of_three, matches_extension

ALWAYS_EMERGENCY = "911"
"""An emergency number even where a site's own list leaves it out (47 USC 623)."""

_NUMBER = re.compile(r"\+?[0-9]{1,32}")
_N11 = re.compile(r"[2-9]11")
_NANP = re.compile(r"\+1([2-9][0-9]{2})([2-9][0-9]{2})([0-9]{4})")
_ORDINARY_TYPES = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
    }
)
_CHARGED_TYPES = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})
_POLICY = ("policy", "policy")


@dataclass(frozen=True)
class Subject:
    """A number on its way through the rules: as written, and as E.164 once its form is known."""

    written: str
    settings: SiteSettings
    e164: str = ""

    @property
    def policy(self) -> Policy:
        """The rules of the site."""
        return self.settings.policy.policy

    @property
    def area(self) -> str:
        """The North American area code, or nothing for another country's number."""
        return self.e164[2:5] if _NANP.fullmatch(self.e164) else ""

    @property
    def exchange(self) -> str:
        """The three digits after the area code."""
        return self.e164[5:8] if self.area else ""


Rule = Callable[[Subject], Ruling]


def classify(number: str, settings: SiteSettings) -> Decided:
    """Decide what a number is, from its digits as keyed or as E.164 with a plus.

    The outcome is a Destination or a Refusal, never None. Who is asking plays no part here.
    """
    subject = Subject(number, settings)
    short = first_outcome(lazily(_SHORT_RULES, subject))
    if short.outcome is not None:
        return short
    e164 = _as_e164(number)
    public = Subject(number, settings, e164 or "")
    rest = first_outcome(lazily(_PUBLIC_RULES, public))
    return Decided(rest.outcome or Refusal(RefusalReason.INVALID), (*short.trace, *rest.trace))


def e164_of(number: str, settings: SiteSettings) -> str | None:
    """E.164 of digits as keyed, or with a plus; None where they have not the form of a public number.

    Nothing is said about whether it may be called.
    """
    e164 = _as_e164(number) or ""
    return e164 if _form(Subject(number, settings, e164)).outcome is None else None


def is_n11(digits: str) -> bool:
    """Whether the digits are a service code, allowed here or not."""
    return _N11.fullmatch(digits) is not None


def is_extension(digits: str, settings: SiteSettings) -> bool:
    """Whether the digits are an extension in the building."""
    return _extension(Subject(digits, settings)).outcome is not None


def special_number(text: str, settings: SiteSettings) -> Ruling | None:
    """The ruling for an emergency number or an allowed service code, or None when the text is neither."""
    subject = Subject(text, settings)
    for rule in (_emergency, _service_code):
        ruling = rule(subject)
        if ruling.outcome is not None:
            return ruling
    return None


# --- short numbers


def _digits_only(subject: Subject) -> Ruling:
    rule = "only digits, with one plus at most"
    if not _NUMBER.fullmatch(subject.written):
        return refused(rule, RefusalReason.INVALID)
    return passed(rule)


def _emergency(subject: Subject) -> Ruling:
    rule = "emergency number"
    emergency = subject.policy.emergency
    number = emergency.numbers.get(subject.written)
    if number is None and subject.written in (ALWAYS_EMERGENCY, *emergency.numbers.values()):
        number = subject.written
    if number is None:
        return not_applicable(rule)
    return decided(rule, _short(number, NumberClass.EMERGENCY), (*_POLICY, "emergency", "numbers"))


def _service_code(subject: Subject) -> Ruling:
    rule = "service code (N11)"
    codes = subject.policy.service_codes
    if subject.written not in codes or subject.written == "411":
        return not_applicable(rule)
    destination = _short(subject.written, NumberClass.SERVICE_CODE)
    return decided(rule, destination, (*_POLICY, "service_codes", codes.index(subject.written)))


def _extension(subject: Subject) -> Ruling:
    rule = "extension in the building"
    for position, pattern in enumerate(subject.settings.service.extensions.patterns):
        if matches_extension(pattern, subject.written):
            path = ("service", "extensions", "patterns", position)
            return decided(rule, _short(subject.written, NumberClass.INTERNAL), path, f"fits {pattern}")
    return not_applicable(rule)


def _other_n11(subject: Subject) -> Ruling:
    rule = "service code that is not allowed"
    if subject.written == "411" and subject.policy.directory_assistance:
        # It is charged, so it is no service code here: it meets the PIN, the limits and the read-back.
        return decided(rule, _short("411", NumberClass.NATIONAL), (*_POLICY, "directory_assistance"))
    if subject.written == "411":
        return refused(rule, RefusalReason.DIRECTORY, (*_POLICY, "directory_assistance"), "411 is charged")
    if _N11.fullmatch(subject.written):
        return refused(rule, RefusalReason.SERVICE_CODE, (*_POLICY, "service_codes"))
    return not_applicable(rule)


def _carrier_prefix(subject: Subject) -> Ruling:
    rule = "carrier prefix (101XXXX) or operator (0, 00, 01)"
    if re.fullmatch(r"101[0-9]{4,}", subject.written) and not _is_ten_digits(subject.written):
        return refused(rule, RefusalReason.OPERATOR, (), "a carrier prefix")
    if subject.written.startswith("0") and not subject.written.startswith("011"):
        return refused(rule, RefusalReason.OPERATOR, (), "an operator prefix")
    return passed(rule)


def _short(number: str, number_class: NumberClass) -> Destination:
    return Destination(number, number_class, (number,))


def _is_ten_digits(digits: str) -> bool:
    return re.fullmatch(r"[2-9][0-9]{9}", digits) is not None


def _as_e164(number: str) -> str | None:
    """E.164 of a number as written: with its plus, after 011, with 1 and ten digits, or with ten digits."""
    if number.startswith("+"):
        return number
    if number.startswith("011"):
        return f"+{number[3:]}"
    if re.fullmatch(r"1[2-9][0-9]{9}", number):
        return f"+{number}"
    return f"+1{number}" if _is_ten_digits(number) else None


# --- the public network


def _form(subject: Subject) -> Ruling:
    rule = "a whole number: ten digits, 1 and ten digits, or with its country code"
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", subject.e164):
        return refused(rule, RefusalReason.INVALID)
    if not subject.e164.startswith("+1"):
        return passed(rule)
    if not subject.area or _N11.fullmatch(subject.area) or _N11.fullmatch(subject.exchange):
        return refused(rule, RefusalReason.INVALID, (), "no area code or exchange is like that")
    return passed(rule)


def _banned_country_code(subject: Subject) -> Ruling:
    rule = "country codes that are banned"
    for position, code in enumerate(subject.policy.banned_country_codes):
        if subject.e164.startswith(f"+{code}"):
            path = (*_POLICY, "banned_country_codes", position)
            refusal = Refusal(RefusalReason.BANNED_AREA, country=country_of(subject.e164))
            return refused(rule, refusal, path, f"country code {code}")
    return passed(rule, (*_POLICY, "banned_country_codes"))


def _international(subject: Subject) -> Ruling:
    rule = "other countries"
    if subject.e164.startswith("+1"):
        return not_applicable(rule)
    if not subject.policy.international:
        refusal = Refusal(RefusalReason.INTERNATIONAL, country=country_of(subject.e164))
        return refused(rule, refusal, (*_POLICY, "international"))
    return passed(rule, (*_POLICY, "international"))


def _banned_area_code(subject: Subject) -> Ruling:
    rule = "area codes that are banned"
    codes = subject.policy.banned_area_codes
    if not subject.area:
        return not_applicable(rule)
    if subject.area not in codes:
        return passed(rule, (*_POLICY, "banned_area_codes"))
    refusal = Refusal(RefusalReason.BANNED_AREA, country=country_of(subject.e164))
    path = (*_POLICY, "banned_area_codes", codes.index(subject.area))
    return refused(rule, refusal, path, f"area code {subject.area}")


def _area_abroad(subject: Subject) -> Ruling:
    rule = "area codes outside the United States and Canada"
    area = area_codes.AREAS_ABROAD.get(subject.area)
    if area is None:
        return passed(rule) if subject.area else not_applicable(rule)
    if _may_call(area.country, subject.policy):
        return passed(rule, (), f"{area.name} is allowed")
    return refused(
        rule,
        Refusal(RefusalReason.FOREIGN_COUNTRY, country=area.name),
        _country_setting(subject.policy),
        f"area code {subject.area} is {area.name}",
    )


def _premium(subject: Subject) -> Ruling:
    rule = "premium numbers (900, and the exchange 976)"
    is_premium = subject.area == area_codes.PREMIUM_AREA or subject.exchange == area_codes.PREMIUM_EXCHANGE
    if not is_premium:
        return passed(rule)
    if not subject.policy.premium:
        return refused(rule, RefusalReason.PREMIUM, (*_POLICY, "premium"))
    return decided(rule, _public(subject, NumberClass.PREMIUM), (*_POLICY, "premium"))


def _personal(subject: Subject) -> Ruling:
    rule = "personal numbers and others without a known price"
    if subject.area in area_codes.PERSONAL:
        return refused(rule, RefusalReason.PERSONAL_NUMBER, (), f"area code {subject.area}")
    return passed(rule)


def _toll_free(subject: Subject) -> Ruling:
    rule = "toll-free numbers"
    if subject.area not in area_codes.TOLL_FREE:
        return not_applicable(rule)
    if not subject.policy.toll_free:
        return refused(rule, RefusalReason.TOLL_FREE, (*_POLICY, "toll_free"))
    if _parsed(subject.e164) is None:
        return refused(rule, RefusalReason.INVALID)
    return decided(rule, _public(subject, NumberClass.TOLL_FREE), (*_POLICY, "toll_free"))


def _directory(subject: Subject) -> Ruling:
    rule = "directory assistance (555-1212)"
    if not subject.area or not subject.e164.endswith("5551212"):
        return not_applicable(rule)
    if subject.policy.directory_assistance:
        return passed(rule, (*_POLICY, "directory_assistance"))
    return refused(rule, RefusalReason.DIRECTORY, (*_POLICY, "directory_assistance"))


def _numbering_plan(subject: Subject) -> Ruling:
    rule = "a number of that country's numbering plan"
    parsed = _parsed(subject.e164)
    if parsed is None:
        return refused(rule, RefusalReason.INVALID)
    if phonenumbers.format_number(parsed, PhoneNumberFormat.E164) != subject.e164:
        return refused(
            rule, RefusalReason.INVALID, (), "it would be dialled differently from how it is written"
        )
    kind = phonenumbers.number_type(parsed)
    if kind in _CHARGED_TYPES:
        return refused(rule, RefusalReason.PREMIUM, (), "a charged service")
    if kind not in _ORDINARY_TYPES:
        return refused(rule, RefusalReason.PERSONAL_NUMBER, (), "no ordinary line")
    return passed(rule)


def _country(subject: Subject) -> Ruling:
    rule = "countries that may be called"
    policy = subject.policy
    parsed = _parsed(subject.e164)
    country = "" if parsed is None else phonenumbers.region_code_for_number(parsed) or ""
    if country in policy.home_countries:
        path = (*_POLICY, "home_countries", policy.home_countries.index(country))
        return decided(rule, _public(subject, NumberClass.NATIONAL), path, country)
    if not _may_call(country, policy):
        refusal = Refusal(RefusalReason.FOREIGN_COUNTRY, country=country_of(subject.e164))
        return refused(rule, refusal, _country_setting(policy), country or "no country")
    number_class = NumberClass.OTHER_NANP if subject.area else NumberClass.INTERNATIONAL
    position = policy.international_countries.index(country)
    path = (*_POLICY, "international_countries", position)
    return decided(rule, _public(subject, number_class), path, country)


def _may_call(country: str, policy: Policy) -> bool:
    if country in policy.home_countries:
        return True
    return policy.international and country in policy.international_countries


def _country_setting(policy: Policy) -> tuple[str, ...]:
    return (*_POLICY, "international_countries" if policy.international else "home_countries")


def _parsed(e164: str) -> PhoneNumber | None:
    """The number as phonenumbers sees it, or None when it is not valid there."""
    try:
        parsed = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return None
    return parsed if phonenumbers.is_valid_number(parsed) else None


def _public(subject: Subject, number_class: NumberClass) -> Destination:
    digits = subject.e164[1:]
    groups = (digits[1:4], digits[4:7], digits[7:]) if subject.area else groups_of_three(digits)
    return Destination(subject.e164, number_class, groups)


_SHORT_RULES: tuple[Rule, ...] = (
    _digits_only,
    _emergency,
    _service_code,
    _extension,
    _other_n11,
    _carrier_prefix,
)
_PUBLIC_RULES: tuple[Rule, ...] = (
    _form,
    _banned_country_code,
    _international,
    _banned_area_code,
    _area_abroad,
    _premium,
    _personal,
    _toll_free,
    _directory,
    _numbering_plan,
    _country,
)
