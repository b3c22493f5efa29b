"""What is looked up for a caller. What has no sound yet is left out, and made for the next time."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from secrets import token_hex

import pytest

from ivr_service.dialogue.values import CallKind, DialStatus, MailboxId, NumberClass, Origin
from ivr_service.policy.options import Knowledge
from ivr_service.policy.settings import SiteSettings
from ivr_service.service.messages import AskAction, CallReply, StartCall
from ivr_service.store.dials import DialAttempt
from tests.conftest import Site
from tests.fakes.catalogue_prompts import CataloguePrompts


@dataclass
class PromptsWithout(CataloguePrompts):
    """Prompts in which some names have no sound."""

    missing: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def can_say(self, name: str, language: str) -> bool:
        return language == "en" and name not in self.missing


def heard(reply: CallReply) -> str:
    question = reply.actions[-1]
    assert isinstance(question, AskAction)
    return " ".join(prompt.text for prompt in question.prompts if prompt.text)


def with_knowledge(settings: SiteSettings, knowledge: Knowledge | None) -> SiteSettings:
    return settings.model_copy(
        update={"options": settings.options.model_copy(update={"knowledge": knowledge})}
    )


@dataclass
class Telephone:
    """Calls back, and hears the main menu."""

    site: Site
    wanted: list[tuple[str, str]] = field(default_factory=list)

    def hears(self, number: str, knowledge: Knowledge | None = None, *missing: str) -> str:
        settings = with_knowledge(self.site.settings, knowledge or Knowledge())
        service = replace(
            self.site.service,
            settings=lambda: settings,
            prompts=PromptsWithout(set(missing)),
            want_name=lambda name, language: self.wanted.append((name, language)),
        )
        return heard(service.start(start(number)))

    def called(self, number: str, mailbox: str, at: datetime, **more: object) -> None:
        """Somebody called the number, and it was answered for five minutes."""
        grant_id = token_hex(16)
        attempt = DialAttempt(
            call_id=token_hex(16),
            mailbox=MailboxId(mailbox),
            number=number,
            number_class=NumberClass.NATIONAL,
            caller_id=None,
            kind=CallKind.DIAL_OUT,
            origin=Origin.INSIDE,
            decided_at=at,
        )
        with self.site.database.turn() as unit:
            unit.dials.record_grant(attempt, grant_id, at + timedelta(hours=1))
            if not more.get("is_open"):
                unit.dials.record_outcome(grant_id, DialStatus.ANSWERED, 300, 16, at + timedelta(minutes=5))


def start(number: str) -> StartCall:
    return StartCall(
        call_id=token_hex(16),
        kind=CallKind.CALLBACK,
        extension=number,
        mailbox="103",
        context="default",
        origin=Origin.INSIDE,
    )


@pytest.fixture
def telephone(site: Site) -> Telephone:
    return Telephone(site)


def test_a_city_without_a_sound_is_made_for_the_next_time_and_its_state_is_told(telephone: Telephone) -> None:
    told = telephone.hears("3125551234", None, "Chicago")
    assert "This number is from Illinois The time" in told
    assert telephone.wanted == [("Chicago", "en")]


def test_a_place_without_any_sound_is_not_told(telephone: Telephone) -> None:
    assert "from" not in telephone.hears("3125551234", None, "Chicago", "Illinois")


def test_a_refusal_without_a_sound_for_its_country_is_said_without_it(telephone: Telephone) -> None:
    told = telephone.hears("8765551234", None, "Jamaica")
    assert "not allowed" in told
    assert "This number is in" not in told


@pytest.mark.parametrize(
    ("say", "told", "not_told"),
    [
        (("place",), "is from Chicago", "The time there"),
        (("local_time",), "The time there is two oh five p m.", "is from"),
        (("history",), "You last called", "is from"),
        ((), "To call now", "You last called"),
    ],
)
def test_the_site_says_what_is_told(
    telephone: Telephone, say: tuple[str, ...], told: str, not_told: str
) -> None:
    telephone.called("+13125551234", "103", telephone.site.clock.now - timedelta(hours=1))
    heard_now = telephone.hears("3125551234", Knowledge.model_validate({"say": say}))
    assert told in heard_now
    assert not_told not in heard_now


def test_a_site_without_knowledge_tells_nothing(telephone: Telephone, site: Site) -> None:
    settings = with_knowledge(site.settings, None)
    told = heard(replace(site.service, settings=lambda: settings).start(start("3125551234")))
    assert "from" not in told
    assert "They will see Main Office To call now" in told


Calls = Callable[[Telephone, datetime], None]


@pytest.mark.parametrize(
    ("calls", "told"),
    [
        (
            lambda t, now: t.called("+13125551234", "103", now - timedelta(hours=2)),
            "You last called it at one oh five p m. It was answered, for five minutes.",
        ),
        (
            lambda t, now: t.called("+13125551234", "104", now - timedelta(hours=2)),
            "Somebody here last called it at one oh five p m.",
        ),
        (
            lambda t, now: t.called("+13125551234", "103", now - timedelta(days=400)),
            "The time there is two oh five p m. To call",
        ),
        (
            lambda t, now: t.called("+13125551234", "103", now, is_open=True),
            "The time there is two oh five p m. To call",
        ),
        (lambda t, now: t.called("+13125550000", "103", now), "The time there is two oh five p m. To call"),
    ],
    ids=["own", "of another mailbox", "long ago", "still going on", "of another number"],
)
def test_the_last_call_whose_end_is_known_is_told(telephone: Telephone, calls: Calls, told: str) -> None:
    calls(telephone, telephone.site.clock.now)
    assert told in telephone.hears("3125551234")
