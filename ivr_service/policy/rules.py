"""How a decision is made and told: rules in order, each leaving one step, until the first outcome."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from ivr_service.dialogue.values import Destination, Refusal, RefusalReason

Subject = TypeVar("Subject")

SettingPath = tuple[str | int, ...]
"""Where a setting is in SiteSettings, field by field: ("policy", "policy", "banned_area_codes", 3)."""


class Verdict(StrEnum):
    """What a rule said."""

    PASSED = "passed"
    DECIDED = "decided"
    REFUSED = "refused"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True)
class RuleStep:
    """One rule that was looked at: its name in plain words, what it said, and the setting it said it by."""

    rule: str
    verdict: Verdict
    setting: SettingPath = ()
    detail: str = ""


@dataclass(frozen=True)
class Ruling:
    """A step, and the outcome when it ends the matter."""

    step: RuleStep
    outcome: Destination | Refusal | None = None


def passed(rule: str, setting: SettingPath = (), detail: str = "") -> Ruling:
    """The rule has nothing against it."""
    return Ruling(RuleStep(rule, Verdict.PASSED, setting, detail))


def not_applicable(rule: str, detail: str = "") -> Ruling:
    """The rule is about something else."""
    return Ruling(RuleStep(rule, Verdict.NOT_APPLICABLE, (), detail))


def decided(rule: str, destination: Destination, setting: SettingPath = (), detail: str = "") -> Ruling:
    """The rule recognised the number."""
    return Ruling(RuleStep(rule, Verdict.DECIDED, setting, detail), destination)


def refused(
    rule: str, refusal: Refusal | RefusalReason, setting: SettingPath = (), detail: str = ""
) -> Ruling:
    """The rule says no."""
    value = refusal if isinstance(refusal, Refusal) else Refusal(refusal)
    return Ruling(RuleStep(rule, Verdict.REFUSED, setting, detail or f"refused: {value.reason}"), value)


@dataclass(frozen=True)
class Decided:
    """The outcome of a list of rules, and every step on the way."""

    outcome: Destination | Refusal | None
    trace: tuple[RuleStep, ...]


def first_outcome(rulings: Iterable[Ruling]) -> Decided:
    """Look at the rules one by one until one has an outcome. The rest are not looked at."""
    steps: list[RuleStep] = []
    for ruling in rulings:
        steps.append(ruling.step)
        if ruling.outcome is not None:
            return Decided(ruling.outcome, tuple(steps))
    return Decided(None, tuple(steps))


def lazily(rules: Iterable[Callable[[Subject], Ruling]], subject: Subject) -> Iterable[Ruling]:
    """The rulings of the rules on the subject, each made only when it is asked for."""
    return (rule(subject) for rule in rules)


def named(destination: Destination, name: str | None) -> Destination:
    """The destination with the name of the speed dial that led to it."""
    return replace(destination, name=name)
