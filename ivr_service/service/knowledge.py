"""Finds out what is known about a number: its place and time, and who called it before."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from ivr_service.dialogue.known import Known, PastCall
from ivr_service.dialogue.values import Destination, DialStatus, Refusal
from ivr_service.policy.knowledge import TOLD_FOR, has_a_place, is_abroad, is_late
from ivr_service.policy.moments import local_minute
from ivr_service.policy.options import Knowledge
from ivr_service.policy.places import country_of, place_of, zone_of
from ivr_service.service.rendering import PromptRenderer
from ivr_service.service.turn import Turn
from ivr_service.store.database import Database
from ivr_service.store.dials import LastCalls, StoredDial

WantName = Callable[[str, str], None]
"""Told of a name (and its language) that has no sound yet; it returns at once."""


def no_name_is_made(name: str, language: str) -> None:
    """Want nothing."""


@dataclass(frozen=True)
class NumberLookUp:
    """Looks numbers up. What has no sound is left out, and wanted for the next time."""

    database: Database
    prompts: PromptRenderer
    want_name: WantName = no_name_is_made

    def known(self, turn: Turn, destination: Destination, language: str) -> Known:
        """What is certain about the number now. Raises StoreUnavailableError."""
        knowledge = turn.settings.options.knowledge
        now = local_minute(turn.now)
        if knowledge is None or not destination.is_public:
            return Known(now)
        with self.database.reading() as unit:
            calls = unit.dials.last_calls(turn.mailbox, destination.number)
        known = _with_history(Known(now), calls, turn.now, knowledge)
        if knowledge.warn_abroad and is_abroad(destination) and calls.own is None:
            country = "".join(self._sayable((country_of(destination.number),), language))
            known = replace(known, is_unfamiliar=True, country=country)
        return self._with_place(known, turn.now, knowledge, destination, language)

    def _with_place(
        self, known: Known, now: datetime, knowledge: Knowledge, destination: Destination, language: str
    ) -> Known:
        if not has_a_place(destination):
            return known
        place = place_of(destination.number) if "place" in knowledge.say else ()
        zone = zone_of(destination.number)
        there = None if zone is None else now.astimezone(zone)
        return replace(
            known,
            place=self._sayable(place, language),
            time_there=local_minute(there) if there and "local_time" in knowledge.say else "",
            late_there=local_minute(there) if there and is_late(there.time(), knowledge) else "",
        )

    def said(self, refusal: Refusal, language: str) -> Refusal:
        """The refusal, without a country that has no sound."""
        return replace(refusal, country="".join(self._sayable((refusal.country,), language)))

    def _sayable(self, names: tuple[str, ...], language: str) -> tuple[str, ...]:
        wanted = tuple(filter(None, names))
        missing = {name for name in wanted if not self.prompts.can_say(name, language)}
        for name in missing:
            self.want_name(name, language)
        return tuple(name for name in wanted if name not in missing)


def _with_history(known: Known, calls: LastCalls, now: datetime, knowledge: Knowledge) -> Known:
    if "history" not in knowledge.say:
        return known
    others = None if calls.own == calls.anybody else calls.anybody
    return replace(
        known,
        is_new=calls.anybody is None,
        own=_past_call(calls.own, now),
        company=_past_call(others, now),
    )


def _past_call(call: StoredDial | None, now: datetime) -> PastCall | None:
    if call is None or call.outcome is None or now - call.decided_at > TOLD_FOR:
        return None
    at = local_minute(call.decided_at.astimezone(now.tzinfo))
    return PastCall(at, DialStatus(call.outcome), call.answered_s or 0)
