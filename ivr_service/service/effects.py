"""What a turn writes to the store besides itself: each effect of the dialogue, in the turn's transaction."""

from collections.abc import Iterable
from typing import assert_never

from ivr_service.dialogue.actions import (
    BlockNumber,
    DeleteSpeedDial,
    Effect,
    RememberChoice,
    SaveAnswer,
    SaveSpeedDial,
    UnblockNumber,
)
from ivr_service.policy.freepbx import blacklist_key
from ivr_service.policy.options import Blocking
from ivr_service.service.last_choices import to_store
from ivr_service.service.messages import SetBlacklistAction
from ivr_service.service.turn import Turn
from ivr_service.store.blocked_numbers import EVERYBODY, BlockedNumber
from ivr_service.store.database import Unit
from ivr_service.store.speed_dials import StoredSpeedDial
from ivr_service.store.survey_answers import SurveyAnswer


def perform(effect: Effect, turn: Turn, unit: Unit) -> None:
    """Write the effect. Raises StoreUnavailableError; then the turn is not taken either."""
    match effect:
        case BlockNumber(number):
            unit.blocked_numbers.add(
                BlockedNumber(number, _blocked_for(turn), str(turn.mailbox), turn.call_id, turn.now)
            )
        case UnblockNumber(number):
            unit.blocked_numbers.undo(number, _blocked_for(turn), turn.call_id)
        case SaveAnswer():
            _save_answer(effect, turn, unit)
        case RememberChoice() as chosen:
            unit.last_choices.set(turn.mailbox, to_store(chosen), turn.now)
        case SaveSpeedDial(slot, number, recording):
            unit.speed_dials.set(turn.mailbox, StoredSpeedDial(slot, "", number, recording), turn.now)
        case DeleteSpeedDial(slot):
            unit.speed_dials.remove(turn.mailbox, slot)
        case _:
            assert_never(effect)


def _save_answer(saved: SaveAnswer, turn: Turn, unit: Unit) -> None:
    """Whom it is about is known from the dial."""
    dial = unit.dials.load(saved.grant_id)
    if dial is not None:
        unit.survey_answers.add(
            SurveyAnswer(
                grant_id=saved.grant_id,
                question=saved.question,
                call_id=dial.call_id,
                mailbox=dial.mailbox,
                asked_of=saved.asked.value,
                kind=saved.kind.value,
                answer=saved.answer,
                recording=saved.voice,
                answered_at=turn.now,
            )
        )


def blacklist_actions(effects: Iterable[Effect], turn: Turn) -> tuple[SetBlacklistAction, ...]:
    """What FreePBX's blacklist has to be told of these effects, where it is kept: it knows no mailboxes."""
    blocking = turn.settings.options.blocking or Blocking()
    if not blocking.freepbx_blacklist or _blocked_for(turn) != EVERYBODY:
        return ()
    blocking_effects = (effect for effect in effects if isinstance(effect, BlockNumber | UnblockNumber))
    return tuple(map(_blacklist_action, blocking_effects))


def _blacklist_action(effect: BlockNumber | UnblockNumber) -> SetBlacklistAction:
    match effect:
        case BlockNumber(number):
            return SetBlacklistAction(number=blacklist_key(number), blocked=True)
        case UnblockNumber(number):
            return SetBlacklistAction(number=blacklist_key(number), blocked=False)
        case _:
            assert_never(effect)


def _blocked_for(turn: Turn) -> str:
    blocking = turn.settings.options.blocking or Blocking()
    return EVERYBODY if blocking.scope == "company" else str(turn.mailbox)
