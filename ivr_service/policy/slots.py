"""Speed dials that callers make: what may be saved where, and how the slots they have are offered."""

from dataclasses import replace

from ivr_service.dialogue.events import EntryAccepted, EntryRefused, SlotChecked, SlotRefused
from ivr_service.dialogue.state import OfferedSlot
from ivr_service.dialogue.values import CallKind, Destination, Refusal, RefusalReason
from ivr_service.policy.asker import Asker, slots_of_site
from ivr_service.policy.entry import decide_entry
from ivr_service.policy.numbers import classify, is_extension
from ivr_service.policy.written import groups_of_three


def decide_slot(slot: int, number: str, asker: Asker) -> SlotChecked | SlotRefused:
    """Whether this number may go into this slot (1 to 99): it must be one that could be called now.

    A slot that looks like an extension is refused, as in the files (config.references).
    """
    if is_extension(str(slot), asker.settings):
        return SlotRefused(Refusal(RefusalReason.SLOT_IS_EXTENSION))
    match decide_entry(number, replace(asker, kind=CallKind.CALLBACK)).answer:
        case EntryAccepted(destination) if not destination.goes_at_once:
            return SlotChecked(slot, hides_another=slot in slots_of_site(asker))
        case EntryRefused(refusal):
            return SlotRefused(refusal)
        case _:
            return SlotRefused(Refusal(RefusalReason.INVALID))


def offered_own_slots(asker: Asker) -> tuple[OfferedSlot, ...]:
    """The slots that the mailbox's owner made, in order."""
    return tuple(
        OfferedSlot(slot, dial.name, _groups(dial.number, asker), dial.recording)
        for slot, dial in sorted(asker.own_slots.items())
    )


def _groups(number: str, asker: Asker) -> tuple[str, ...]:
    """How the number is read, also one that can no longer be called."""
    outcome = classify(number, asker.settings).outcome
    return outcome.groups if isinstance(outcome, Destination) else groups_of_three(number.lstrip("+"))
