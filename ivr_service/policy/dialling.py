"""Whether one dial is permitted. All is checked again, from the digits on, on today's settings.

Emergency numbers: from inside the building only, and no other rule. Service codes: those that are allowed,
from inside, no limit. Internal calls: the mailbox's classes and the calls that are up now. Calls to the
public network: every rule. A permit is not yet a grant: the store writes that, together with its counts.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from ivr_service.dialogue.actions import RequestDial
from ivr_service.dialogue.values import (
    CallOptions,
    Destination,
    InvalidValueError,
    NumberClass,
    Refusal,
    RefusalReason,
    SurveyAsked,
    SurveyRule,
)
from ivr_service.policy.asker import Asker, reach_rulings
from ivr_service.policy.limits import (
    LimitCheck,
    Usage,
    calls_at_once,
    every_limit,
    limit_refusal,
)
from ivr_service.policy.moments import local_minute
from ivr_service.policy.numbers import classify
from ivr_service.policy.options import Disclaimer, Listener
from ivr_service.policy.recording import RecordingPermit, permitted_recording
from ivr_service.policy.rules import RuleStep, Ruling, SettingPath, Verdict, first_outcome, passed, refused
from ivr_service.policy.settings import CallerId, Limits, NumberFormat, Policy, QuietHours, Trunk

_INTO_A_TEMPLATE = re.compile(r"\+?[0-9]{2,18}")

EMERGENCY_RING_S = 300
EMERGENCY_LENGTH_S = 86_400
"""No setting cuts an emergency call short: these are the longest times that the front end takes."""


@dataclass(frozen=True)
class Permit:
    """All that a dial needs; times are seconds. No `caller_id_number` leaves the phone's own caller ID.

    `recording`, `disclaimer`, `listener` and `survey` (who is asked) are what the mailbox's rules make of
    what its caller chose.
    """

    dial_string: str
    ring_s: int
    max_length_s: int
    caller_id_number: str | None
    caller_id_name: str
    recording: RecordingPermit | None = None
    disclaimer: Disclaimer | None = None
    listener: Listener | None = None
    survey: SurveyAsked | None = None


@dataclass(frozen=True)
class DialDecision:
    """A permit or a refusal, never both, and every rule that was looked at on the way to it."""

    permit: Permit | None
    refusal: Refusal | None
    trace: tuple[RuleStep, ...]


@dataclass(frozen=True)
class _Request:
    """One wish to dial. `now` is in the site's time zone."""

    destination: Destination
    caller_id: str | None
    options: CallOptions
    asker: Asker
    usage: Usage
    now: datetime

    @property
    def policy(self) -> Policy:
        """The site's rules."""
        return self.asker.settings.policy.policy

    @property
    def limits(self) -> Limits:
        """The mailbox's own limits, else everybody's."""
        return self.asker.mailbox.limits or self.policy.limits

    @property
    def presented(self) -> CallerId | None:
        """The caller ID that will be shown. A service code asks no question, so it shows the default."""
        if self.destination.number_class is NumberClass.SERVICE_CODE:
            return self.asker.caller_id(self.asker.default_caller_id)
        return self.asker.caller_id(self.caller_id)


def decide_dial(wanted: RequestDial, asker: Asker, usage: Usage, now: datetime) -> DialDecision:
    """Decide one dial. `now` is aware, in any zone."""
    zone = ZoneInfo(asker.settings.service.service.time_zone)
    moment = now.astimezone(zone)
    request = _Request(wanted.destination, wanted.caller_id, wanted.options, asker, usage, moment)
    decided = first_outcome(_rulings(request))
    if isinstance(decided.outcome, Refusal):
        refusal = replace(decided.outcome, asked_at=local_minute(request.now))
        return DialDecision(None, refusal, decided.trace)
    permit = _permit(request)
    step = RuleStep("permitted", Verdict.DECIDED, (), f"as {permit.dial_string}")
    return DialDecision(permit, None, (*decided.trace, step))


def _rulings(request: _Request) -> Iterable[Ruling]:
    yield _same_number(request)
    yield from reach_rulings(request.destination, request.asker)
    match request.destination.number_class:
        case NumberClass.EMERGENCY:
            return
        case NumberClass.SERVICE_CODE:
            yield _caller_id(request)
        case NumberClass.INTERNAL:
            yield _inside(request)
            yield from _limit_rulings(calls_at_once(request.usage, request.policy), request)
        case _:
            yield _inside(request)
            yield _caller_id(request)
            yield _quiet_hours(request)
            yield from _limit_rulings(every_limit(request.usage, request.limits, request.policy), request)


def _same_number(request: _Request) -> Ruling:
    """The number is what it was when the caller entered it. Settings may have changed in between."""
    rule = "the number, decided anew"
    asked = request.destination
    now = classify(asked.number, request.asker.settings).outcome
    if isinstance(now, Refusal):
        return refused(rule, now)
    if now is None or (now.number, now.number_class) != (asked.number, asked.number_class):
        return refused(rule, RefusalReason.INVALID, (), "it is another kind of number than before")
    return passed(rule, (), str(now.number_class))


def _inside(request: _Request) -> Ruling:
    rule = "mailboxes that may be used from inside only"
    path = (*request.asker.mailbox_path, "inside_only")
    if request.asker.mailbox.inside_only and not request.asker.is_inside:
        return refused(rule, RefusalReason.INSIDE_ONLY, path)
    return passed(rule, path)


def _caller_id(request: _Request) -> Ruling:
    rule = "a caller ID that this mailbox may present"
    path = (*request.asker.mailbox_path, "caller_ids")
    if request.presented is None:
        return refused(rule, RefusalReason.CALLER_ID, path, "none is given, or it is not listed")
    return passed(rule, path, request.presented.id)


def _quiet_hours(request: _Request) -> Ruling:
    rule = "quiet hours"
    quiet = request.policy.quiet_hours
    end = None if quiet is None else end_of_quiet(quiet, request.now)
    path = ("policy", "policy", "quiet_hours")
    if end is None:
        return passed(rule, path)
    return refused(rule, Refusal(RefusalReason.QUIET_HOURS, until=local_minute(end)), path)


def end_of_quiet(quiet: QuietHours, now: datetime) -> datetime | None:
    """When the quiet hours that `now` (site time) is in will end, or None when it is in none."""
    spans_midnight = quiet.start > quiet.end
    clock = now.time()
    is_late = clock >= quiet.start
    is_early = clock < quiet.end
    if not ((is_late or is_early) if spans_midnight else (is_late and is_early)):
        return None
    day = now.date() + timedelta(days=1 if spans_midnight and is_late else 0)
    return datetime.combine(day, quiet.end, tzinfo=now.tzinfo)


def _limit_rulings(checks: tuple[LimitCheck, ...], request: _Request) -> Iterable[Ruling]:
    for check in checks:
        rule = f"limit: {check.setting}"
        detail = f"{check.used} of {check.limit} used"
        path = _limit_path(check, request)
        if check.is_reached:
            yield refused(rule, limit_refusal(check, request.now), path, detail)
        else:
            yield passed(rule, path, detail)


def _limit_path(check: LimitCheck, request: _Request) -> SettingPath:
    if check.setting in Policy.model_fields:
        return ("policy", "policy", check.setting)
    if check.setting not in Limits.model_fields:
        return ()
    if request.asker.mailbox.limits is None:
        return ("policy", "policy", "limits", check.setting)
    return (*request.asker.mailbox_path, "limits", check.setting)


# --- the permit


def _permit(request: _Request) -> Permit:
    service = request.asker.settings.service
    trunk = service.trunk
    number = request.destination.number
    match request.destination.number_class:
        case NumberClass.EMERGENCY:
            template = request.policy.emergency.dial_string
            return Permit(fill(template, number), EMERGENCY_RING_S, EMERGENCY_LENGTH_S, None, "")
        case NumberClass.INTERNAL:
            template = service.extensions.dial_string
            return Permit(fill(template, number), trunk.ring_s, trunk.max_call_s, None, "")
        case _:
            return _public_permit(request, trunk)


def _public_permit(request: _Request, trunk: Trunk) -> Permit:
    if request.presented is None:
        raise InvalidValueError("a call to the public network needs a caller ID")
    number = in_trunk_format(request.destination.number, trunk.number_format)
    caller_id = in_trunk_format(request.presented.number, trunk.number_format)
    dial_string = fill(trunk.dial_string, number)
    return Permit(
        dial_string=dial_string,
        ring_s=trunk.ring_s,
        max_length_s=trunk.max_call_s,
        caller_id_number=caller_id,
        caller_id_name=request.presented.name,
        recording=permitted_recording(
            request.asker, request.options, request.destination.number, request.presented.number
        ),
        disclaimer=_disclaimer(request),
        listener=_listener(request),
        survey=_survey(request),
    )


def _survey(request: _Request) -> SurveyAsked | None:
    survey, rule = request.asker.settings.options.survey, request.asker.survey
    is_wanted = rule is SurveyRule.FORCE or (rule is SurveyRule.ALLOW and request.options.survey)
    return survey.ask if survey is not None and is_wanted else None


def _listener(request: _Request) -> Listener | None:
    return next((one for one in request.asker.listeners if one.id == request.options.listener), None)


def _disclaimer(request: _Request) -> Disclaimer | None:
    known = request.asker.settings.options.disclaimers
    return next((row for row in known if row.id == request.options.disclaimer), None)


def in_trunk_format(number: str, number_format: NumberFormat) -> str:
    """The number as the trunk wants it. Short codes stay; other countries are 011 and all digits."""
    if not number.startswith("+"):
        return number
    match number_format:
        case NumberFormat.E164:
            return number
        case _ if not number.startswith("+1"):
            return f"011{number[1:]}"
        case NumberFormat.ONE_PLUS_TEN:
            return number[1:]
        case NumberFormat.TEN:
            return number[2:]
        case _:
            assert_never(number_format)


def fill(template: str, number: str) -> str:
    """The dial string. Raises InvalidValueError for anything but digits with one plus in front."""
    if not _INTO_A_TEMPLATE.fullmatch(number):
        raise InvalidValueError("only digits may go into a dial string")
    return template.replace("{number}", number)
