"""Why a number may or may not be dialled: every rule in order, where it is set, and what the caller hears."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from ivr_service.config import LoadedSettings, Sources
from ivr_service.dialogue import questions
from ivr_service.dialogue.actions import RequestDial
from ivr_service.dialogue.events import EntryAccepted, EntryRefused, MenuRequested
from ivr_service.dialogue.options import with_codes
from ivr_service.dialogue.phrases import Phrase, Prompt, PromptInLanguage, SpokenName, SpokenRecording
from ivr_service.dialogue.state import CallState, Place
from ivr_service.dialogue.values import Destination, NumberClass, Refusal, RefusalReason
from ivr_service.policy.asker import Asker
from ivr_service.policy.dialling import Permit, decide_dial
from ivr_service.policy.entry import EntryDecision, decide_entry
from ivr_service.policy.limits import Usage
from ivr_service.policy.rules import RuleStep, Verdict
from ivr_service.prompting.catalogue import Catalogue
from ivr_service.prompting.spelling import spell
from ivr_service.service.directory import facts_of, find_mailbox, mailbox_id


@dataclass(frozen=True)
class Question:
    """What the admin asks. `caller_id` is None for the default; `now` is aware.

    `notes` go below the headline, `pin_note` below the line that tells of the PIN; both may be empty.
    """

    number: str
    asker: Asker
    loaded: LoadedSettings
    usage: Usage
    now: datetime
    caller_id: str | None = None
    notes: tuple[str, ...] = ()
    pin_note: str = ""


@dataclass(frozen=True)
class _Explained:
    """Every rule that was looked at, what came of it, and what is heard: nothing when it rings at once.

    `after_pin` is false for what a caller hears, or gets, without being asked for a PIN.
    """

    trace: tuple[RuleStep, ...]
    result: str
    heard: tuple[Phrase, ...]
    after_pin: bool = True


def explain(question: Question, catalogue: Catalogue) -> str:
    """The explanation, in lines. The last rule is the one that decided; it is marked with ">"."""
    explained = _explained(question)
    lines = [_headline(question.asker, question.number), *question.notes, ""]
    lines += _steps(explained.trace, question.loaded.sources)
    lines += ["", explained.result]
    if question.asker.mailbox.pin == "required" and explained.after_pin:
        lines.append(f"The caller is asked for the PIN first. {question.pin_note}".rstrip())
    lines.append(f"The caller hears: {_spoken(explained.heard, catalogue) or '(nothing, it rings at once)'}")
    return "\n".join(lines)


def destination_of(number: str, asker: Asker) -> Destination | None:
    """The number this entry leads to, for counting how often it was dialled; None when it leads to none."""
    answer = decide_entry(number, asker).answer
    return answer.destination if isinstance(answer, EntryAccepted) else None


def _explained(question: Question) -> _Explained:
    asker = question.asker
    entry = decide_entry(question.number, asker)
    if _stays_inside(entry, asker):
        step = _refusing(
            "phones that may use it", RefusalReason.INSIDE_ONLY, *asker.mailbox_path, "inside_only"
        )
        return _refused((*entry.trace, step), Refusal(RefusalReason.INSIDE_ONLY), after_pin=False)
    match entry.answer:
        case EntryRefused(refusal):
            asks = refusal.reason is not RefusalReason.EMERGENCY_FROM_OUTSIDE
            return _refused(entry.trace, refusal, after_pin=asks)
        case MenuRequested(caller_id):
            heard = questions.ask(_menu(question, None, caller_id)).phrases
            return _Explained(entry.trace, "Accepted: the menu, without a number.", heard)
        case EntryAccepted():
            return _explained_dial(question, entry.trace, entry.answer)
        case _:
            assert_never(entry.answer)


def _stays_inside(entry: EntryDecision, asker: Asker) -> bool:
    """Whether the caller is outside and must not be. Emergencies and service codes are answered first."""
    match entry.answer:
        case EntryAccepted(destination) if destination.goes_at_once:
            return False
        case EntryRefused(Refusal(RefusalReason.EMERGENCY_FROM_OUTSIDE)):
            return False
        case _:
            return asker.mailbox.inside_only and not asker.is_inside


def _refusing(rule: str, reason: RefusalReason, *path: str | int) -> RuleStep:
    return RuleStep(rule, Verdict.REFUSED, path, f"refused: {reason}")


def _refused(trace: tuple[RuleStep, ...], refusal: Refusal, *, after_pin: bool) -> _Explained:
    heard = questions.refusal_phrases(refusal)
    return _Explained(trace, f"Refused: {refusal.reason}.", heard, after_pin)


def _explained_dial(question: Question, trace: tuple[RuleStep, ...], entry: EntryAccepted) -> _Explained:
    asker, destination = question.asker, entry.destination
    if not _is_listed(asker) and not _is_emergency(destination):
        reason = RefusalReason.NOT_AUTHORISED
        step = _refusing("mailboxes that may call at all", reason, "mailboxes", "mailboxes")
        return _refused((*trace, step), Refusal(reason), after_pin=not destination.goes_at_once)
    chosen = entry.caller_id or question.caller_id
    menu = with_codes(_menu(question, destination, chosen), entry.options)
    wanted = RequestDial(destination, menu.caller_id, menu.options)
    decision = decide_dial(wanted, asker, question.usage, question.now)
    steps, after_pin = (*trace, *decision.trace), not destination.goes_at_once
    if decision.permit is None:
        refusal = decision.refusal or Refusal(RefusalReason.UNAVAILABLE)
        return _refused(steps, refusal, after_pin=after_pin)
    heard = questions.ask(menu).phrases if after_pin else ()
    return _Explained(steps, _allowed(decision.permit), heard, after_pin)


def _is_listed(asker: Asker) -> bool:
    mailbox = mailbox_id(asker.mailbox.mailbox, asker.mailbox.context)
    return find_mailbox(asker.settings, mailbox) is not None


def _is_emergency(destination: Destination) -> bool:
    return destination.number_class is NumberClass.EMERGENCY


def _allowed(permit: Permit) -> str:
    if permit.caller_id_number is None:
        return f"Allowed: dials {permit.dial_string} and shows the phone's own number."
    shown = f"{permit.caller_id_number} ({permit.caller_id_name})"
    return f"Allowed: dials {permit.dial_string} and shows {shown}.{_recorded(permit)}"


def _recorded(permit: Permit) -> str:
    if permit.recording is None:
        return ""
    notice = "both sides are told" if permit.recording.has_notice else "nobody is told"
    return f" It is recorded, and {notice}."


def _menu(question: Question, destination: Destination | None, caller_id: str | None) -> CallState:
    """A call that has come to the main menu."""
    facts = facts_of(question.asker, question.number, hears=lambda _: False)
    return CallState(
        facts,
        place=Place.MAIN_MENU,
        destination=destination,
        caller_id=caller_id or question.asker.default_caller_id,
        options=facts.usual_options,
    )


def _headline(asker: Asker, number: str) -> str:
    mailbox = f"{asker.mailbox.mailbox}@{asker.mailbox.context}"
    if not _is_listed(asker):
        mailbox += " (which is not in mailboxes.toml)"
    return f"{number!r} as a {asker.kind.replace('_', '-')} of mailbox {mailbox}, from {asker.origin}"


def _steps(trace: tuple[RuleStep, ...], sources: Sources) -> Iterable[str]:
    for position, step in enumerate(trace, start=1):
        mark = ">" if position == len(trace) else " "
        where = sources.where(str(step.setting[0]), *step.setting[1:]) if step.setting else ""
        notes = ", ".join(note for note in (where, step.detail) if note)
        yield f"{mark} {step.verdict:<14} {step.rule}{f' ({notes})' if notes else ''}"


def _spoken(phrases: tuple[Phrase, ...], catalogue: Catalogue) -> str:
    return " ".join(_text(phrase, catalogue) for phrase in phrases)


def _text(phrase: Phrase, catalogue: Catalogue) -> str:
    match phrase:
        case Prompt(prompt_id) | PromptInLanguage(prompt_id):
            return catalogue.entries[prompt_id].text
        case SpokenName(text):
            return f"{text}."
        case SpokenRecording():
            return "(a recording)"
        case _:
            return " ".join(word for word in spell(phrase, catalogue.language) if word)
