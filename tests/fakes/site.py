"""A small site for tests of the policy: two caller IDs, three mailboxes, speed dials, the usual bans."""

from collections.abc import Mapping
from typing import Any

from ivr_service.dialogue.values import CallKind, Origin
from ivr_service.policy.asker import Asker, NamedNumber
from ivr_service.policy.settings import SiteSettings

FTC_AREA_CODES = ["268", "284", "473", "664", "649", "767", "809", "829", "849", "876"]

EVERY_CLASS = ["internal", "national", "toll_free", "premium", "other_nanp", "international"]


def site(
    *,
    policy: Mapping[str, Any] | None = None,
    mailbox: Mapping[str, Any] | None = None,
    trunk: Mapping[str, Any] | None = None,
    company: list[dict[str, Any]] | None = None,
    patterns: tuple[str, ...] = ("1XX", "55"),
    options: Mapping[str, Any] | None = None,
) -> SiteSettings:
    """The site, with changes to its policy, to mailbox 103, to its trunk, or with other dials and options."""
    main_office = {"id": "main", "number": "+12025550100", "name": "Main Office"}
    sales = {"id": "sales", "number": "+12025550101", "name": "Sales"}
    speed_dials = company or [
        {"slot": 7, "name": "Front Desk", "number": "+12125551234"},
        {"slot": 8, "name": "Beach House", "number": "+18765551234"},
        {"slot": 9, "name": "Kitchen", "number": "104"},
    ]
    own = [{"mailbox": "103", "speed_dials": [{"slot": 9, "name": "My Desk", "number": "105"}]}]
    return SiteSettings.model_validate(
        {
            "service": {
                "trunk": {"dial_string": "PJSIP/{number}@trunk", **(trunk or {})},
                "extensions": {"patterns": patterns},
            },
            "caller_ids": {
                "caller_ids": [main_office, sales],
                "codes": {"1*": "main", "2*": "sales"},
            },
            "mailboxes": {
                "mailboxes": [
                    {"mailbox": "103", "caller_ids": ["main", "sales"], **(mailbox or {})},
                    {"mailbox": "104", "caller_ids": ["main"]},
                    {"mailbox": "105"},
                ]
            },
            "policy": {"policy": {"banned_area_codes": FTC_AREA_CODES, **(policy or {})}},
            "speed_dials": {"company": speed_dials, "mailboxes": own},
            "options": options or {},
        }
    )


def asker(
    settings: SiteSettings | None = None,
    *,
    kind: CallKind = CallKind.DIAL_OUT,
    origin: Origin = Origin.INSIDE,
    number: str = "103",
    own_slots: Mapping[int, NamedNumber] | None = None,
) -> Asker:
    """Somebody at one of the site's mailboxes, 103 unless another is named."""
    chosen = settings or site()
    mailbox = next(known for known in chosen.mailboxes.mailboxes if known.mailbox == number)
    return Asker(kind, origin, mailbox, chosen, own_slots or {})
