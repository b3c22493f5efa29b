"""Several calls at once, doing anything in any order, never get a dial that the rules do not give them."""

import re
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ivr_service.composition import RECONCILE_GRACE
from ivr_service.config import load_settings
from ivr_service.dialogue.events import Denied, EndedBy, Granted
from ivr_service.dialogue.values import CallKind, MailboxId, Origin, RefusalReason
from ivr_service.policy.limits import DAY, HOUR
from ivr_service.policy.pins import hash_pin
from ivr_service.policy.settings import Limits, SiteSettings
from ivr_service.service.calls import CallService
from ivr_service.service.dial_handler import DialHandler, DialRequest
from ivr_service.service.errors import UnknownCallError, WrongTurnError
from ivr_service.service.messages import (
    AskAction,
    CallReply,
    DialAction,
    DialEndedEvent,
    HungUpEvent,
    KeysEvent,
    PostOutcome,
    PostTurn,
    RecordOutcomeAction,
    StartCall,
    WordsEvent,
)
from ivr_service.store.database import Database, Unit
from ivr_service.store.dials import StoredDial
from tests.conftest import EXAMPLE
from tests.fakes.catalogue_prompts import CataloguePrompts
from tests.fakes.clock import FakeClock

PIN = "4929175"
WRONG_PIN = "8675309"
OWN_PIN = ("104", "105")
ENTRIES = (
    *("2125551234", "13125550000", "+12125551234", "8002255288", "1*2125551234", "2*3125550000"),
    *("7", "8", "9", "101", "0", "00", "1*", "", "911", "9911", "1911", "988", "2*911", "711", "411"),
    *("8765551234", "14735551234", "2425551234", "9005551234", "2129761234", "5005551234", "2125551212"),
    *("0116175551234", "011442079460958", "+442079460958", "1010288", "*672125551234"),
    *("1*2*2125551234", "3*2125551234", "anonymous", "Unknown", "sip:x@evil", "9-1-1", "21*55"),
)
OUT_OF_DIALLABLE = {"12125551234", "13125550000", "18002255288", "12025550142", "12025550167"}
EMERGENCY = {"911", "988"}
SERVICE_CODES = {"211", "311", "511", "711", "811"}
WITHOUT_LIMIT = ("emergency", "service_code")
OFF_LIMITS = ("internal", *WITHOUT_LIMIT)

SHORT_KEYS = st.text("0123456789*", max_size=3)
KEYED = st.one_of(SHORT_KEYS, st.sampled_from([entry for entry in ENTRIES if re.fullmatch("[0-9*]*", entry)]))
WORDS = st.sampled_from(
    ["call now", "Try  Again", "another number", "sales", "workshop", "back", "done", "?"]
)
STATUSES = st.sampled_from(["ANSWER", "BUSY", "NOANSWER", "CANCEL", "CHANUNAVAIL", "", "what"])
GOOD_NUMBERS = st.sampled_from(["2125551234", "2125551234", "3125550000", "8002255288", "8"])
WHICH = st.integers(0, 15)

CallerEvent = KeysEvent | WordsEvent | HungUpEvent | DialEndedEvent


@cache
def tight_settings() -> SiteSettings:
    """The example site, with limits that a few calls can reach."""
    example = load_settings(EXAMPLE).settings
    limits = Limits(calls_per_hour=3, calls_per_day=5, distinct_numbers_per_day=3, same_number_per_hour=2)
    tight = {"limits": limits, "system_calls_at_once": 2, "system_calls_per_hour": 7}
    policy = example.policy.policy.model_copy(update=tight)
    return example.model_copy(update={"policy": example.policy.model_copy(update={"policy": policy})})


@cache
def prompts() -> CataloguePrompts:
    return CataloguePrompts()


@cache
def pin_hash() -> str:
    return hash_pin(PIN)


@cache
def empty_store() -> bytes:
    """A database as it is after the migration, and with the PINs: to be copied for each run."""
    directory = Path(tempfile.mkdtemp())
    database = Database(f"sqlite:///{directory}/ivr.sqlite")
    database.migrate()
    with database.turn() as unit:
        for mailbox in OWN_PIN:
            unit.pins.set_hash(MailboxId(mailbox), pin_hash(), FakeClock().now)
    database.close()
    content = (directory / "ivr.sqlite").read_bytes()
    shutil.rmtree(directory)
    return content


def limits_of(mailbox: str) -> Limits:
    known = {row.mailbox: row.limits for row in tight_settings().mailboxes.mailboxes}
    return known.get(mailbox) or tight_settings().policy.policy.limits


@dataclass
class Call:
    """What a call has been told. `has_shown_pin`: its right PIN was keyed where a PIN was asked for."""

    arrival: StartCall
    reply: CallReply
    posted: PostTurn | None = None
    has_shown_pin: bool = False
    grants: dict[int, str] = field(default_factory=dict)

    @property
    def turn(self) -> int:
        return self.reply.turn

    @property
    def dialling(self) -> str | None:
        last = self.reply.actions[-1]
        return last.grant_id if isinstance(last, RecordOutcomeAction) else None

    @property
    def question(self) -> AskAction | None:
        last = self.reply.actions[-1]
        return last if isinstance(last, AskAction) else None


def dials_of(reply: CallReply) -> list[DialAction]:
    return [action for action in reply.actions if isinstance(action, DialAction)]


def digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)


class CallsAtOnce(RuleBasedStateMachine):
    """Two workers on one store, up to a dozen calls, a clock that only goes on, and restarts."""

    handler: ClassVar[DialHandler] = DialHandler()
    seen: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        (self.directory / "ivr.sqlite").write_bytes(empty_store())
        self.clock = FakeClock()
        self.calls: list[Call] = []
        self.dialled: dict[str, tuple[Call, int, DialAction]] = {}
        self.requests = 0
        self._open()

    def teardown(self) -> None:
        self._close()
        shutil.rmtree(self.directory)

    def _open(self) -> None:
        self.databases = [Database(f"sqlite:///{self.directory}/ivr.sqlite") for _ in range(2)]
        self.workers = [
            CallService(database, tight_settings, prompts(), self.clock, self.handler)
            for database in self.databases
        ]

    def _close(self) -> None:
        for database in self.databases:
            database.close()

    @property
    def worker(self) -> CallService:
        self.requests += 1
        return self.workers[self.requests % 2]

    # --- what can happen

    @precondition(lambda self: len(self.calls) < 16)
    @rule(
        mailbox=st.sampled_from(["103", "103", "104", "105", "999", "no such;"]),
        kind=st.sampled_from(CallKind),
        origin=st.sampled_from([Origin.INSIDE, Origin.INSIDE, Origin.OUTSIDE]),
        entry=st.sampled_from(ENTRIES),
    )
    def a_call_arrives(self, mailbox: str, kind: CallKind, origin: Origin, entry: str) -> None:
        self._arrive(mailbox, kind, origin, entry)

    @rule(
        mailbox=st.sampled_from(["103", "104", "105", "105"]),
        origin=st.sampled_from([Origin.INSIDE, Origin.INSIDE, Origin.OUTSIDE]),
        number=GOOD_NUMBERS,
        pin=st.sampled_from([PIN, PIN, PIN, WRONG_PIN]),
        status=STATUSES,
    )
    def a_whole_call_is_made(self, mailbox: str, origin: Origin, number: str, pin: str, status: str) -> None:
        call = self._arrive(mailbox, CallKind.DIAL_OUT, origin, number)
        while call.question and call.reply.refusal is None and call.turn < 3:
            self._go_straight(call, number, pin)
        if call.dialling:
            self._end_dial(call, status)

    @precondition(lambda self: self.calls)
    @rule(which=WHICH, keys=KEYED, ended_by=st.sampled_from(EndedBy))
    def keys_are_pressed(self, which: int, keys: str, ended_by: EndedBy) -> None:
        self._post(self._call(which), KeysEvent(keys=keys, ended_by=ended_by))

    @precondition(lambda self: self.calls)
    @rule(which=WHICH, words=WORDS)
    def words_are_said(self, which: int, words: str) -> None:
        self._post(self._call(which), WordsEvent(words=words))

    @precondition(lambda self: self.calls)
    @rule(which=WHICH)
    def nothing_is_pressed(self, which: int) -> None:
        self._post(self._call(which), KeysEvent(keys="", ended_by=EndedBy.TIMEOUT))

    @precondition(lambda self: any(call.question and call.question.secret for call in self.calls))
    @rule(which=WHICH, pin=st.sampled_from([PIN, PIN, WRONG_PIN]))
    def a_pin_is_keyed(self, which: int, pin: str) -> None:
        asked = [call for call in self.calls if call.question and call.question.secret]
        self._post(asked[which % len(asked)], KeysEvent(keys=pin, ended_by=EndedBy.TERMINATOR))

    @precondition(lambda self: any(call.question for call in self.calls))
    @rule(which=WHICH, number=GOOD_NUMBERS)
    def somebody_goes_straight_for_the_dial(self, which: int, number: str) -> None:
        asked = [call for call in self.calls if call.question]
        self._go_straight(asked[which % len(asked)], number)

    @precondition(lambda self: len(self.calls) > 3)
    @rule(which=WHICH, knows_the_turn=st.booleans())
    def the_caller_hangs_up(self, which: int, knows_the_turn: bool) -> None:  # noqa: FBT001
        call = self._call(which)
        self._post(call, HungUpEvent(), turn=call.turn + 1 if knows_the_turn else None)

    @precondition(lambda self: any(call.dialling for call in self.calls))
    @rule(which=WHICH, status=STATUSES, is_reported=st.sampled_from([True, True, False]))
    def a_dial_ends(self, which: int, status: str, is_reported: bool) -> None:  # noqa: FBT001
        dialling = [call for call in self.calls if call.dialling]
        call = dialling[which % len(dialling)]
        if is_reported:
            self._end_dial(call, status)
        else:
            self._post(call, DialEndedEvent(grant_id=call.dialling or "", dial_status=status))

    @precondition(lambda self: self.dialled)
    @rule(which=WHICH, status=STATUSES)
    def an_outcome_is_reported_once_more(self, which: int, status: str) -> None:
        grant, (call, _, _) = list(self.dialled.items())[which % len(self.dialled)]
        self._report(call, grant, status)

    @precondition(lambda self: self.dialled and len(self.calls) > 1)
    @rule(which=WHICH, status=STATUSES)
    def a_grant_is_used_in_another_call(self, which: int, status: str) -> None:
        grant, (owner, _, _) = list(self.dialled.items())[which % len(self.dialled)]
        other = next(call for call in self.calls if call is not owner)
        with pytest.raises(UnknownCallError):
            self._report(other, grant, status)
        if other.question or other.dialling:
            event = DialEndedEvent(grant_id=grant, dial_status=status)
            with pytest.raises(WrongTurnError):
                self.worker.turn(other.arrival.call_id, PostTurn(turn=other.turn + 1, event=event))

    @precondition(lambda self: self.calls)
    @rule(which=WHICH)
    def the_last_request_is_repeated(self, which: int) -> None:
        call, before = self._call(which), len(self._rows())
        try:
            reply = self._repeat(call)
        except WrongTurnError:
            assert dials_of(call.reply), "only a dial that is over may not be told again"
        else:
            assert reply == call.reply
        assert len(self._rows()) == before

    @precondition(lambda self: self.calls)
    @rule(which=WHICH, keys=KEYED, by=st.sampled_from([-2, -1, 2, 3, 50]))
    def another_turn_is_posted(self, which: int, keys: str, by: int) -> None:
        call, before = self._call(which), len(self._rows())
        if call.turn + by < 1:
            return
        event = KeysEvent(keys=keys, ended_by=EndedBy.FULL)
        with pytest.raises(WrongTurnError):
            self.worker.turn(call.arrival.call_id, PostTurn(turn=call.turn + by, event=event))
        assert len(self._rows()) == before

    @rule(seconds=st.sampled_from([1, 9, 31, 31, 60, 600, 3600, 8000, 90_000]))
    def time_passes(self, seconds: int) -> None:
        self.clock.forward(seconds=seconds)

    @rule()
    def the_service_restarts(self) -> None:
        self._close()
        self._open()
        with self.databases[0].intent() as unit:
            unit.dials.reconcile(self.clock.now, RECONCILE_GRACE)

    # --- how it is done

    def _call(self, which: int) -> Call:
        """One of the calls; mostly one that is not over."""
        live = [call for call in self.calls if call.question or call.dialling]
        calls = live if live and which > 1 else self.calls
        return calls[which % len(calls)]

    def _arrive(self, mailbox: str, kind: CallKind, origin: Origin, entry: str) -> Call:
        call_id = token_hex(16)
        arrival = StartCall(call_id=call_id, kind=kind, extension=entry, mailbox=mailbox, origin=origin)
        call = Call(arrival, self.worker.start(arrival))
        self.calls.append(call)
        self._check_reply(call, ())
        return call

    def _go_straight(self, call: Call, number: str, pin: str = PIN) -> None:
        """Key what leads to a dial."""
        assert call.question is not None
        wants_pin, wants_key = call.question.secret, call.question.max_digits == 1
        keys = pin if wants_pin else "1" if wants_key else number
        self._post(call, KeysEvent(keys=keys, ended_by=EndedBy.TERMINATOR))

    def _end_dial(self, call: Call, status: str) -> None:
        grant = call.dialling or ""
        self._report(call, grant, status)
        self._post(call, DialEndedEvent(grant_id=grant, dial_status=status))

    def _post(self, call: Call, event: CallerEvent, turn: int | None = -1) -> None:
        number = call.turn + 1 if turn == -1 else turn
        request = PostTurn(turn=number, event=event)
        before = self._rows_of(call)
        if isinstance(event, KeysEvent) and event.keys == PIN and call.question and call.question.secret:
            call.has_shown_pin = True
        try:
            reply = self.worker.turn(call.arrival.call_id, request)
        except WrongTurnError:
            assert self._rows_of(call) == before
            return
        if reply.turn == call.turn:
            assert reply == call.reply, "an open hang-up of a call that is over"
            return
        call.reply, call.posted = reply, request
        self._check_reply(call, before)

    def _check_reply(self, call: Call, before: tuple[StoredDial, ...]) -> None:
        """What a turn refused or granted, and nothing else, is what it put on record."""
        new = [(row.reason, row.grant_id) for row in self._rows_of(call)[len(before) :]]
        refused = [] if call.reply.refusal is None else [(call.reply.refusal.value, None)]
        granted = [(None, dial.grant_id) for dial in dials_of(call.reply)]
        assert new == [*refused, *granted]
        for dial in dials_of(call.reply):
            assert dial.grant_id not in self.dialled, "no grant is given twice"
            self.dialled[dial.grant_id] = (call, call.turn, dial)
        self.seen.update(["grant"] * len(granted), **{reason or "": 1 for reason, _ in refused})

    def _repeat(self, call: Call) -> CallReply:
        if call.posted is None:
            return self.worker.start(call.arrival)
        return self.worker.turn(call.arrival.call_id, call.posted)

    def _report(self, call: Call, grant: str, status: str) -> None:
        self.worker.outcome(call.arrival.call_id, PostOutcome(grant_id=grant, dial_status=status))

    def _rows(self) -> tuple[StoredDial, ...]:
        with self.databases[0].reading() as unit:
            return unit.dials.latest(10_000, None)

    def _rows_of(self, call: Call) -> tuple[StoredDial, ...]:
        with self.databases[0].reading() as unit:
            return unit.dials.of_call(call.arrival.call_id)

    # --- what must always hold

    @invariant()
    def every_dial_has_its_one_row_and_every_grant_was_told(self) -> None:
        rows = [row for row in self._rows() if row.allowed]
        assert {row.grant_id for row in rows} == set(self.dialled)
        assert len(rows) == len(self.dialled)
        for row in rows:
            call, _, dial = self.dialled[row.grant_id or ""]
            assert row.call_id == call.arrival.call_id
            assert digits(row.number) == digits(dial.dial_string.partition("@")[0])

    @invariant()
    def only_who_may_dial_has_dialled(self) -> None:
        for call, _, dial in self.dialled.values():
            number = digits(dial.dial_string.partition("@")[0])
            assert call.arrival.origin is Origin.INSIDE or call.arrival.mailbox in OWN_PIN
            if number in EMERGENCY:
                assert call.arrival.origin is Origin.INSIDE
            elif number in SERVICE_CODES:
                assert (call.arrival.origin, call.arrival.mailbox in ("103", *OWN_PIN)) == (
                    Origin.INSIDE,
                    True,
                )
            else:
                assert call.arrival.mailbox == "103" or call.has_shown_pin

    @invariant()
    def only_numbers_that_may_be_called_were_dialled(self) -> None:
        for call, _, dial in self.dialled.values():
            number = digits(dial.dial_string.partition("@")[0])
            is_inside = re.fullmatch("1[0-9]{2}", number) and call.arrival.mailbox != "105"
            assert is_inside or number in OUT_OF_DIALLABLE | EMERGENCY | SERVICE_CODES

    @invariant()
    def one_call_at_a_time_and_not_too_many_in_all(self) -> None:
        rows = [row for row in self._rows() if row.allowed and row.outcome is None]
        up = [row for row in rows if row.expires_at and row.expires_at > self.clock.now]
        limited = Counter(row.mailbox for row in up if row.number_class not in WITHOUT_LIMIT)
        assert max(limited.values(), default=0) <= 1
        assert limited.total() <= tight_settings().policy.policy.system_calls_at_once

    @invariant()
    def no_window_holds_more_than_its_limit(self) -> None:
        rows = [row for row in self._rows() if row.allowed and row.number_class not in OFF_LIMITS]
        in_hour = [row for row in rows if row.decided_at > self.clock.now - HOUR]
        in_day = [row for row in rows if row.decided_at > self.clock.now - DAY]
        assert len(in_hour) <= tight_settings().policy.policy.system_calls_per_hour
        for mailbox in {row.mailbox for row in rows}:
            limits = limits_of(mailbox.partition("@")[0])
            hour = [row.number for row in in_hour if row.mailbox == mailbox]
            day = [row.number for row in in_day if row.mailbox == mailbox]
            assert len(hour) <= limits.calls_per_hour
            assert len(day) <= limits.calls_per_day
            assert len(set(day)) <= limits.distinct_numbers_per_day
            assert max(Counter(hour).values(), default=0) <= limits.same_number_per_hour


QUICK = settings(
    max_examples=25,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    report_multiple_bugs=False,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_calls_at_once_in_any_order_get_only_the_dials_that_are_theirs() -> None:
    CallsAtOnce.seen.clear()
    run_state_machine_as_test(CallsAtOnce, settings=QUICK)
    wanted = {
        RefusalReason.CALL_IN_PROGRESS,
        RefusalReason.HOURLY_LIMIT,
        RefusalReason.SYSTEM_BUSY,
        RefusalReason.INSIDE_ONLY,
        RefusalReason.EMERGENCY_FROM_OUTSIDE,
    }
    assert wanted <= set(CallsAtOnce.seen), "the walk has become too short to prove anything"
    assert CallsAtOnce.seen["grant"] > 50


class Forgetful(DialHandler):
    """Grants and leaves nothing on record."""

    def decide(self, unit: Unit, request: DialRequest) -> Granted | Denied:
        savepoint = unit.connection.begin_nested()
        decision = super().decide(unit, request)
        savepoint.rollback()
        return decision


class Generous(DialHandler):
    """Knows no limit but one call at a time."""

    def decide(self, unit: Unit, request: DialRequest) -> Granted | Denied:
        many = Limits(
            calls_per_hour=99, calls_per_day=99, distinct_numbers_per_day=99, same_number_per_hour=99
        )
        mailbox = request.asker.mailbox.model_copy(update={"limits": many})
        return super().decide(unit, replace(request, asker=replace(request.asker, mailbox=mailbox)))


@pytest.mark.parametrize("careless", [Forgetful, Generous])
def test_a_careless_dial_handler_is_found_out(careless: type[DialHandler]) -> None:
    class Careless(CallsAtOnce):
        handler = careless()

    with pytest.raises(AssertionError):
        run_state_machine_as_test(Careless, settings=QUICK)


def test_silence_while_a_dial_runs_is_refused_and_changes_nothing() -> None:
    calls = CallsAtOnce()
    try:
        call = calls._arrive("103", CallKind.DIAL_OUT, Origin.INSIDE, "911")
        before = call.reply
        with pytest.raises(WrongTurnError):
            calls.worker.turn(
                call.arrival.call_id,
                PostTurn(turn=1, event=KeysEvent(keys="", ended_by=EndedBy.TIMEOUT)),
            )
        assert calls.worker.start(call.arrival) == before
    finally:
        calls.teardown()
