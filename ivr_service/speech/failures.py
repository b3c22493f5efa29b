"""Utterances that were heard wrongly, kept as labelled recordings where the site wants that.

An utterance is written to a folder of its own when it is over, for the turn that tells whether it was heard
wrongly may come to another worker. It is moved to the failures then, or deleted; what is left behind by a
call that ended without a word is deleted after an hour. Files are named after call and turn.
"""

import fcntl
import io
import json
import os
import re
import tomllib
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from pydantic import TypeAdapter, ValidationError

from ivr_service.dialogue.events import CallerEvent
from ivr_service.dialogue.misheard import TakenTurn, Utterance, learn
from ivr_service.dialogue.state import CallState, Place
from ivr_service.dialogue.values import NumberPart
from ivr_service.speech.evaluation.labels import LABELS_FILE
from ivr_service.speech.recogniser import SAMPLE_RATE_HZ
from ivr_service.speech.spoken_numbers import DIGIT_WORDS

PENDING_FOLDER = "speech-pending"
FAILURES_FOLDER = "speech-failures"

PENDING_FOR = timedelta(hours=1)
MOST_FAILURES = 1000
"""Each is 100 to 400 kB; the oldest make room for new ones."""

_PLAIN = re.compile(r"[a-z0-9' -]{0,64}")
_WORDS = re.compile(r"[a-z' -]{1,64}")
_DIGITS = re.compile(r"[0-9]{1,20}")
_WORD_OF = {digit: word for word, digit in reversed(DIGIT_WORDS.items())}
_BEFORE_PART = {
    NumberPart.WHOLE: "",
    NumberPart.AREA_CODE: "area code ",
    NumberPart.EXCHANGE: "middle three ",
    NumberPart.LINE: "last four ",
}
_PART_IS_NAMED = (Place.ENTERING_NUMBER, Place.CONFIRMING_NUMBER)
"""Where a part can be said only with its name before it."""

_UTTERANCES: TypeAdapter[tuple[Utterance, ...]] = TypeAdapter(tuple[Utterance, ...])

_log = structlog.get_logger()


@dataclass(frozen=True)
class Failure:
    """One utterance that was kept: its recording, when, what was heard and what meant ("" when unknown)."""

    recording: Path
    at: datetime
    why: str
    heard: str
    text: str


class SpeechFailures:
    """The failures of one state folder. Used by several processes at once.

    `keep` and `turn_was_taken` never raise: the first problem is logged, and the call goes on.
    """

    def __init__(self, state: Path) -> None:
        self.folder = state / FAILURES_FOLDER
        self._pending = state / PENDING_FOLDER
        self._has_complained = False

    # --- in a call

    def keep(self, call_id: str, turn: int, pcm: bytes) -> None:
        """Keep what was said at a turn's question until a later turn tells what becomes of it."""
        with self._complaining():
            _make_private_folder(self._pending)
            _write(self._recording(call_id, turn), _wav(pcm))

    def turn_was_taken(
        self, call_id: str, number: int, before: CallState, event: CallerEvent, after: CallState
    ) -> None:
        """Learn which of the call's utterances were heard wrongly: save those, and delete the others."""
        with self._complaining():
            earlier = self._waiting(call_id)
            was_kept = self._recording(call_id, number).exists()
            if not earlier and not was_kept and after.place is not Place.ENDED:
                return
            lesson = learn(earlier, TakenTurn(number, before, event, after, was_kept))
            for one in lesson.misheard:
                self._save(call_id, one)
            self._note(call_id, lesson.waiting)
            self._delete_all_but(call_id, {one.turn for one in lesson.waiting})

    @contextmanager
    def _complaining(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if not self._has_complained:
                self._has_complained = True
                _log.error("speech failures", problem=f"they cannot be kept: {error}")

    def _recording(self, call_id: str, turn: int) -> Path:
        return self._pending / f"{call_id}-{turn}.wav"

    def _notes(self, call_id: str) -> Path:
        return self._pending / f"{call_id}.json"

    def _waiting(self, call_id: str) -> tuple[Utterance, ...]:
        try:
            return _UTTERANCES.validate_json(self._notes(call_id).read_bytes())
        except (FileNotFoundError, ValidationError):
            return ()

    def _note(self, call_id: str, waiting: tuple[Utterance, ...]) -> None:
        if waiting:
            _write(self._notes(call_id), _UTTERANCES.dump_json(waiting))
        else:
            self._notes(call_id).unlink(missing_ok=True)

    def _delete_all_but(self, call_id: str, turns: set[int]) -> None:
        kept = {self._recording(call_id, turn) for turn in turns}
        for path in self._pending.glob(f"{call_id}-*.wav"):
            if path not in kept:
                path.unlink(missing_ok=True)

    def _save(self, call_id: str, one: Utterance) -> None:
        recording = self._recording(call_id, one.turn)
        if not recording.exists():
            return
        _make_private_folder(self.folder)
        with self._locked():
            saved = self.folder / recording.name
            _write(saved.with_suffix(".toml"), _label(saved.name, one).encode("utf-8"))
            recording.rename(saved)
            self._write_labels()

    # --- looking after the folder

    def saved(self) -> tuple[Failure, ...]:
        """What was kept, oldest first. Raises OSError."""
        found = [_failure(path) for path in self.folder.glob("*-*.toml")]
        return tuple(sorted((one for one in found if one is not None), key=lambda one: one.at))

    def purge(self, now: datetime, keep_days: int) -> int:
        """Delete what is older than that, and utterances left behind by calls; return how many of the former.

        Labels that were mended by hand count from then on. Raises OSError.
        """
        for path in self._pending.glob("*"):
            if _age(path, now) > PENDING_FOR:
                path.unlink(missing_ok=True)
        if not self.folder.is_dir():
            return 0
        with self._locked():
            failures = self.saved()
            room = len(failures) - MOST_FAILURES
            old = [
                one
                for place, one in enumerate(failures)
                if place < room or now - one.at > timedelta(days=keep_days)
            ]
            for one in old:
                one.recording.unlink(missing_ok=True)
                one.recording.with_suffix(".toml").unlink(missing_ok=True)
            self._write_labels()
        return len(old)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _write_labels(self) -> None:
        """All labels in one file, but those of utterances of which nobody knows what was meant."""
        known = [one for one in self.saved() if one.text]
        if not known:
            (self.folder / LABELS_FILE).unlink(missing_ok=True)
            return
        tables = [one.recording.with_suffix(".toml").read_text("utf-8") for one in known]
        words = sorted({word for table in tables for word in tomllib.loads(table)["recording"][0]["words"]})
        head = f"phrases = {json.dumps(words)}\n\n"
        _write(self.folder / LABELS_FILE, (head + "\n".join(tables)).encode("utf-8"))


def spoken_text(one: Utterance) -> str:
    """What was meant, as words; a number digit by digit, however it was said. Empty when it is not known."""
    meant = _plain(one.meant)
    if not _DIGITS.fullmatch(meant):
        return meant if _WORDS.fullmatch(meant) else ""
    named = one.part if one.place in _PART_IS_NAMED and one.heard else NumberPart.WHOLE
    return _BEFORE_PART[named] + " ".join(_WORD_OF[digit] for digit in meant)


def _label(file: str, one: Utterance) -> str:
    words = [word for word in one.words if _WORDS.fullmatch(word)]
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return (
        f'[[recording]]\nfile = "{file}"\ntext = {json.dumps(spoken_text(one))}\n'
        f'heard = {json.dumps(_plain(one.heard))}\nwhy = "{one.why}"\nsaved_at = {at}\n'
        f"words = {json.dumps(words)}\n"
    )


def _plain(text: str) -> str:
    """The text, or nothing when it holds anything that no phrase and no number holds."""
    return text if _PLAIN.fullmatch(text) else ""


def _failure(path: Path) -> Failure | None:
    """What a label says; None for a file that is no label (any more)."""
    try:
        row = tomllib.loads(path.read_text("utf-8"))["recording"][0]
        at = row["saved_at"]
        texts = [str(row[key]) for key in ("why", "heard", "text")]
    except (FileNotFoundError, UnicodeDecodeError, tomllib.TOMLDecodeError, LookupError, TypeError):
        return None
    return Failure(path.with_suffix(".wav"), at, *texts) if isinstance(at, datetime) else None


def _wav(pcm: bytes) -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(pcm)
    return written.getvalue()


def _make_private_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, exist_ok=True)


def _write(path: Path, content: bytes) -> None:
    """Write it as a whole or not at all, for this user alone."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _age(path: Path, now: datetime) -> timedelta:
    try:
        return now - datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:  # another process was faster
        return timedelta(0)
