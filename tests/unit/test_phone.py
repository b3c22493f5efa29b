"""The terminal phone's keys, lines and transcripts."""

from pathlib import Path

import pytest

from ivr_service.dialogue.events import EndedBy
from ivr_service.phone.keying import KeysError, KeyStream
from ivr_service.phone.terminal import typed_answer
from ivr_service.phone.transcript import TranscriptError, load_transcripts
from ivr_service.service.messages import AskAction, HungUpEvent, KeysEvent, WordsEvent

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
