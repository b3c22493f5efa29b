"""What a person at the terminal says: typed words, or a recording that goes the way of a caller's voice."""

import json
import math
import select
import time
import wave
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ivr_service.agi.speech_line import SpeechLine
from ivr_service.dialogue.events import EndedBy
from ivr_service.errors import IvrServiceError
from ivr_service.service.messages import (
    AskAction,
    HeardNumberMessage,
    HeardPhraseMessage,
    KeysEvent,
    SpokenEvent,
    WordsEvent,
)
from ivr_service.speech.recogniser import SAMPLE_RATE_HZ
from ivr_service.speech.spoken_numbers import readings

_CHUNK_BYTES = 1600
_MOST_AHEAD_BYTES = 16_000
"""A second of audio: faster than in life, but never so far ahead that the line is given up."""

_SILENT_CHUNKS = 250
"""What follows a recording: more than any answer is waited for."""

_ANSWER_S = 10.0


class RecordingError(IvrServiceError):
    """A recording cannot be used, or the service did not listen to it."""


@dataclass(frozen=True)
class Recording:
    """A wav file with a caller's voice: 16-bit, mono, 8 kHz."""

    path: Path

    def chunks(self) -> Iterator[bytes]:
        """Its audio in pieces of 100 ms. Raises RecordingError."""
        try:
            with wave.open(str(self.path)) as file:
                form = (file.getframerate(), file.getsampwidth(), file.getnchannels())
                audio = file.readframes(file.getnframes())
        except (OSError, EOFError, wave.Error) as error:
            raise RecordingError(f"{self.path}: is no wav file that can be read: {error}") from error
        if form != (SAMPLE_RATE_HZ, 2, 1):
            raise RecordingError(
                f"{self.path}: must be 8000 Hz, 16 bits and mono: sox IN -r 8000 -b 16 -c 1 OUT.wav"
            )
        for start in range(0, len(audio), _CHUNK_BYTES):
            yield audio[start : start + _CHUNK_BYTES]


class SomethingSaid(Protocol):
    """What is said into the telephone where it is recorded."""

    def chunks(self) -> Iterator[bytes]:
        """Its audio in pieces: 16 bits, mono, 8 kHz."""


@dataclass(frozen=True)
class Tone:
    """Half a second of a tone, or of silence, in the place of somebody who says something."""

    hz: int = 600
    level: int = 6000

    def chunks(self) -> Iterator[bytes]:
        """Its audio, in one piece."""
        turns = (2 * math.pi * self.hz * sample / SAMPLE_RATE_HZ for sample in range(SAMPLE_RATE_HZ // 2))
        yield array("h", (round(self.level * math.sin(turn)) for turn in turns)).tobytes()


SILENCE = Tone(level=0)


def said(words: str, question: AskAction) -> WordsEvent | SpokenEvent:
    """Typed words as the service would hear them: a phrase of the question, or else a number."""
    event = WordsEvent(words=words)
    spoken = tuple(words.lower().split())
    if " ".join(spoken) in question.words:
        return event
    heard = readings(spoken)
    if not heard:
        return event
    first = heard[0]
    return SpokenEvent(heard=(HeardNumberMessage(digits=first.digits, part=first.part, confidence=1.0),))


def said_unclearly(phrases: tuple[str, ...]) -> SpokenEvent:
    """Words that the service would hear as each of these phrases or numbers, with equal shares."""
    share = 0.9 / len(phrases)
    return SpokenEvent(heard=tuple(_heard_as(phrase.lower(), share) for phrase in phrases))


def _heard_as(phrase: str, share: float) -> HeardNumberMessage | HeardPhraseMessage:
    numbers = readings(tuple(phrase.split()))
    if not numbers:
        return HeardPhraseMessage(phrase=phrase, confidence=share)
    return HeardNumberMessage(digits=numbers[0].digits, part=numbers[0].part, confidence=share)


def play_into(line: SpeechLine, recording: Recording) -> SpokenEvent | KeysEvent:
    """Say a recording after the prompt; return what was understood, or silence.

    Faster than in life: the service counts time in audio. Raises RecordingError.
    """
    try:
        _wait(line, lambda: line.is_open)
        line.prompt_ended()
        for chunk in (*recording.chunks(), *[bytes(_CHUNK_BYTES)] * _SILENT_CHUNKS):
            line.send_audio(chunk)
            _wait(line, lambda: line.behind_bytes < _MOST_AHEAD_BYTES)
        _wait(line, lambda: False)
    finally:
        line.close()
    if line.event is not None:
        return SpokenEvent.model_validate_json(json.dumps(line.event))
    if line.was_silent:
        return KeysEvent(keys="", ended_by=EndedBy.TIMEOUT)
    raise RecordingError("the service did not listen to the recording; its log says why")


def _wait(line: SpeechLine, is_done: Callable[[], bool]) -> None:
    """Let the line work until that is so, until it is over, or for ten seconds."""
    ends = time.monotonic() + _ANSWER_S
    while not line.is_over and not is_done() and time.monotonic() < ends:
        poller = select.poll()
        poller.register(line.fileno(), select.POLLIN)
        poller.poll(20)
        line.handle()
