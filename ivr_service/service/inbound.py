"""Whether somebody who calls in is blocked. Nothing is written, and the call itself is Asterisk's."""

from ivr_service.policy.blockable import calling_number
from ivr_service.policy.settings import SiteSettings
from ivr_service.service.directory import mailbox_id
from ivr_service.service.messages import AskInbound
from ivr_service.store.database import Database

_USUAL_CONTEXT = "default"


def is_blocked(request: AskInbound, settings: SiteSettings, database: Database) -> bool:
    """Whether the company, or the mailbox that is named, has blocked the caller.

    A caller who withholds the number, or presents what is none, is not. Raises StoreUnavailableError.
    """
    number = calling_number(request.number, settings)
    if number is None:
        return False
    mailbox = mailbox_id(request.mailbox, request.context or _USUAL_CONTEXT) if request.mailbox else None
    with database.reading() as unit:
        return unit.blocked_numbers.is_blocked(mailbox, number)
