"""The terminal phone's keys, lines and transcripts."""

from dataclasses import dataclass, field
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from ivr_service.dialogue.events import EndedBy
from ivr_service.dialogue.values import CallKind, Origin, RefusalReason
from ivr_service.phone import command
from ivr_service.phone.call import PersonGoneError, PhoneCall
from ivr_service.phone.http_line import LineError, open_line
from ivr_service.phone.keying import KeysError, KeyStream
from ivr_service.phone.terminal import NOT_UNDERSTOOD, typed_answer
from ivr_service.phone.transcript import TranscriptError, load_transcripts
from ivr_service.service.messages import (
    AskAction,
    CallReply,
    ConferAction,
    DialAction,
    HungUpEvent,
    KeysEvent,
    OutcomeReply,
    PostOutcome,
    PostTurn,
    PromptSound,
    RecordAction,
    RecordOutcomeAction,
    SetCallerIdAction,
    StartCall,
    WordsEvent,
)
from tests.fakes.turn_service import TOKEN, FakeService, Status

MENU = AskAction(prompts=(), max_digits=1)
ENTRY = AskAction(prompts=(), max_digits=10, terminator="#", stop_keys="*")


@pytest.mark.parametrize(
    ("stream", "question", "keys", "ended_by", "left"),
    [
        ("12", MENU, "1", EndedBy.FULL, "2"),
        ("#1", MENU, "#", EndedBy.FULL, "1"),
        (",1", MENU, "", EndedBy.TIMEOUT, "1"),
        ("2125551234#1", ENTRY, "2125551234", EndedBy.FULL, "#1"),
        ("212#1", ENTRY, "212", EndedBy.TERMINATOR, "1"),
        ("212,1", ENTRY, "212", EndedBy.TIMEOUT, "1"),
        ("212", ENTRY, "212", EndedBy.TIMEOUT, ""),
        ("*1", ENTRY, "*", EndedBy.FULL, "1"),
        ("1*2#", ENTRY, "1*2", EndedBy.TERMINATOR, ""),
        ("#", ENTRY, "", EndedBy.TERMINATOR, ""),
    ],
)
def test_keys_answer_as_the_front_end_takes_them(
    stream: str, question: AskAction, keys: str, ended_by: EndedBy, left: str
) -> None:
    pressed = KeyStream(stream)
    assert pressed.answer(question) == KeysEvent(keys=keys, ended_by=ended_by)
    assert pressed.left == left


def test_when_no_keys_are_left_the_caller_hangs_up() -> None:
    assert KeyStream("").answer(MENU) == HungUpEvent()


@pytest.mark.parametrize("keys", ["12a", "1 2", "\uff11", "1\n"])
def test_keys_that_no_telephone_has_are_refused(keys: str) -> None:
    with pytest.raises(KeysError):
        KeyStream(keys)


@pytest.mark.parametrize(
    ("typed", "event"),
    [
        ("", KeysEvent(keys="", ended_by=EndedBy.TIMEOUT)),
        ("1", KeysEvent(keys="1", ended_by=EndedBy.FULL)),
        (" * ", KeysEvent(keys="*", ended_by=EndedBy.FULL)),
        ("call now", WordsEvent(words="call now")),
        ("Hang Up", HungUpEvent()),
    ],
)
def test_a_typed_line_is_keys_words_silence_or_a_hang_up(
    typed: str, event: KeysEvent | WordsEvent | HungUpEvent
) -> None:
    assert typed_answer(typed, MENU) == event


@pytest.mark.parametrize(
    "text",
    [
        "title: [",
        "title: A call",
        "- {title: t, mailbox: '103', kind: callback, number: '1', steps: [{shouts: x}], ends: mailbox}",
        "- {title: t, mailbox: '103', kind: fax, number: '1', steps: [], ends: mailbox}",
    ],
)
def test_a_badly_written_transcript_is_refused_with_its_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "calls.yaml"
    path.write_text(text)
    with pytest.raises(TranscriptError, match=r"calls\.yaml"):
        load_transcripts(path)


GRANT = "ab" * 16
CALL = StartCall(
    call_id="cd" * 16, kind=CallKind.CALLBACK, extension="2125551234", mailbox="103", origin=Origin.INSIDE
)
DIAL = DialAction(grant_id=GRANT, dial_string="PJSIP/12125551234@trunk", ring_s=45, max_length_s=7200)


@dataclass
class OneReply:
    """A line that answers the start with these actions, and remembers what it is told."""

    actions: tuple[AskAction | DialAction | RecordOutcomeAction, ...]
    told: list[PostTurn | PostOutcome] = field(default_factory=list)

    def start(self, request: StartCall) -> CallReply:
        return CallReply(call_id=request.call_id, turn=0, actions=self.actions)

    def turn(self, call_id: str, request: PostTurn) -> CallReply:
        self.told.append(request)
        return CallReply(call_id=call_id, turn=1, actions=(MENU,))

    def outcome(self, call_id: str, request: PostOutcome) -> OutcomeReply:
        self.told.append(request)
        return OutcomeReply(recorded=True)


@dataclass(frozen=True)
class LeavingPerson:
    """Goes away as soon as anything is asked."""

    way: type[BaseException]

    def hears(self, prompts: tuple[PromptSound, ...]) -> None:
        """Say nothing."""

    def is_told_why(self, reason: RefusalReason) -> None:
        """Say nothing."""

    def answers(self, question: AskAction) -> KeysEvent:
        raise self.way

    def records(self, action: RecordAction) -> None:
        raise self.way

    def is_connected(self, dial: DialAction, shown: SetCallerIdAction | None) -> str:
        raise self.way

    def confers(self, conference: ConferAction) -> str:
        raise self.way


HANG_UP = PostTurn(turn=None, event=HungUpEvent())
CANCEL = PostOutcome(grant_id=GRANT, dial_status="CANCEL")


@pytest.mark.parametrize("way", [KeyboardInterrupt, EOFError, click.Abort])
@pytest.mark.parametrize(
    ("actions", "told"),
    [((MENU,), [HANG_UP]), ((DIAL, RecordOutcomeAction(grant_id=GRANT)), [CANCEL, HANG_UP])],
)
def test_who_goes_away_has_hung_up_and_leaves_no_dial_open(
    way: type[BaseException],
    actions: tuple[AskAction | DialAction | RecordOutcomeAction, ...],
    told: list[PostTurn | PostOutcome],
) -> None:
    line = OneReply(actions)
    with pytest.raises(PersonGoneError):
        PhoneCall(line, LeavingPerson(way), CALL).run()
    assert line.told == told


def phone(monkeypatch: pytest.MonkeyPatch, line: OneReply, typed: bytes) -> Result:
    monkeypatch.setattr(command, "open_line", lambda _: line)
    return CliRunner().invoke(command.phone, ["callback", "2125551234"], input=typed)


@pytest.mark.parametrize("actions", [(MENU,), (DIAL, RecordOutcomeAction(grant_id=GRANT))])
def test_the_end_of_the_input_hangs_up_and_says_so_on_a_line_of_its_own(
    monkeypatch: pytest.MonkeyPatch, actions: tuple[AskAction | DialAction | RecordOutcomeAction, ...]
) -> None:
    done = phone(monkeypatch, OneReply(actions), b"")
    assert done.exit_code == 1
    assert done.output.splitlines()[-1] == "    ended  hung up"


def test_bytes_that_are_no_text_are_words_not_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    line = OneReply((MENU,))
    done = phone(monkeypatch, line, b"\xff\xfe\n")
    assert isinstance(done.exception, SystemExit)
    assert line.told[0] == PostTurn(turn=1, event=NOT_UNDERSTOOD)


@pytest.mark.parametrize("typed", ["a\udcff", "word " * 100])
def test_a_line_that_the_service_would_not_take_is_not_understood(typed: str) -> None:
    assert typed_answer(typed, MENU) == NOT_UNDERSTOOD


def test_bytes_that_are_no_text_are_no_letter_either(monkeypatch: pytest.MonkeyPatch) -> None:
    line = OneReply((DIAL, RecordOutcomeAction(grant_id=GRANT)))
    done = phone(monkeypatch, line, b"\xff\xfe\n")
    assert "none of the letters" in done.output
    assert isinstance(done.exception, SystemExit)
    assert line.told == [CANCEL, HANG_UP]


def test_a_service_that_answers_503_is_there_and_is_to_be_asked(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    with (
        FakeService(tmp_path / "service.sock", [Status(503), Status(503)]),
        pytest.raises(LineError) as raised,
    ):
        open_line(tmp_path).start(CALL)
    assert "/ready" in str(raised.value)
    assert "make run" not in str(raised.value)


def test_a_service_that_is_not_there_is_to_be_started(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    with pytest.raises(LineError, match="make run"):
        open_line(tmp_path).start(CALL)


def test_a_token_that_is_for_others_says_who_may_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(LineError, match="as root, or as a member of the service's group"):
        open_line(tmp_path)
