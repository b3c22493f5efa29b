"""Who is calling: the mailbox of a call, and what it may use."""

from collections.abc import Callable

from ivr_service.dialogue.state import CallFacts, OfferedSlot
from ivr_service.dialogue.values import (
    InvalidValueError,
    MailboxId,
    OfferedCallerId,
    OfferedDisclaimer,
    OfferedListener,
    OfferedSurvey,
    Offers,
    OtherLanguage,
    SurveyQuestion,
    SurveyRule,
)
from ivr_service.policy.asker import Asker, slots_of_site
from ivr_service.policy.codes import known_codes
from ivr_service.policy.settings import Mailbox, SiteSettings

UNKNOWN_MAILBOX = MailboxId("unknown", "unknown")
"""Stands for a mailbox whose name is none. It has no PIN, so no caller gets past the question for it."""


def mailbox_id(number: str, context: str) -> MailboxId:
    """The mailbox the dialplan named; a text that cannot name one stands for the unknown mailbox."""
    try:
        return MailboxId(number, context)
    except InvalidValueError:
        return UNKNOWN_MAILBOX


def find_mailbox(settings: SiteSettings, mailbox: MailboxId) -> Mailbox | None:
    """The mailbox's settings, or None when it is not configured."""
    return next(
        (
            row
            for row in settings.mailboxes.mailboxes
            if row.mailbox == mailbox.number and row.context == mailbox.context
        ),
        None,
    )


def mailbox_or_nobody(settings: SiteSettings, mailbox: MailboxId) -> Mailbox:
    """The mailbox's settings; for an unknown one, settings that need a PIN and allow nothing."""
    nobody = Mailbox(mailbox=mailbox.number, context=mailbox.context, allowed=(), pin="required")
    return find_mailbox(settings, mailbox) or nobody


def language_of(asker: Asker) -> str:
    """The language that this caller hears and speaks."""
    return asker.mailbox.language or asker.settings.service.service.language


def facts_of(asker: Asker, arrived_with: str, *, hears: Callable[[str], bool]) -> CallFacts:
    """What the dialogue needs to know about a call that has just arrived.

    `hears` says of a language whether what callers say in it can be understood now.
    """
    settings, mailbox = asker.settings, asker.mailbox
    names = {caller_id.id: caller_id.name for caller_id in settings.caller_ids.caller_ids}
    language, other = language_of(asker), mailbox.other_language
    return CallFacts(
        kind=asker.kind,
        arrived_with=arrived_with,
        language=language,
        pin_required=mailbox.pin == "required",
        inside_only=mailbox.inside_only and not asker.is_inside,
        caller_ids=tuple(
            OfferedCallerId(known, names[known]) for known in mailbox.caller_ids if known in names
        ),
        slots=tuple(
            OfferedSlot(number, slot.speed_dial.name) for number, slot in slots_of_site(asker).items()
        ),
        hears=hears(language),
        offers=_offers_to(asker),
        extensions=settings.service.extensions.patterns,
        other_language=OtherLanguage(other, hears(other)) if other not in (None, language) else None,
        codes=known_codes(asker),
    )


def _offers_to(asker: Asker) -> Offers:
    options = asker.settings.options
    return Offers(
        blocking=options.blocking is not None and asker.mailbox.may_block,
        saving=asker.mailbox.may_save_speed_dials,
        recording=asker.recording,
        listeners=tuple(OfferedListener(row.id, row.name) for row in asker.listeners),
        most_people=asker.mailbox.most_people,
        disclaimers=tuple(OfferedDisclaimer(row.id, row.name) for row in options.disclaimers),
        knowledge=options.knowledge is not None,
        same_as_last_time=options.comfort.same_as_last_time,
        survey=offered_survey(asker),
    )


def offered_survey(asker: Asker) -> OfferedSurvey | None:
    """The survey that can follow this mailbox's calls, if there is one."""
    survey = asker.settings.options.survey
    if survey is None or asker.survey is SurveyRule.NEVER or not survey.questions:
        return None
    return OfferedSurvey(
        rule=asker.survey,
        asked=survey.ask,
        questions=tuple(SurveyQuestion(row.id, row.kind, row.text) for row in survey.questions),
        comment_s=survey.longest_comment_s,
    )
