"""Whether a recogniser really hears: it is given recorded speech that comes with the project."""

import wave
from collections.abc import Callable, Iterator
from pathlib import Path

from ivr_service.dialogue.actions import Ask
from ivr_service.service.messages import HeardNumberMessage, SpokenEvent
from ivr_service.speech.answers import SpokenAnswer
from ivr_service.speech.recogniser import SAMPLE_RATE_HZ, Recogniser, RecogniserError

SAMPLE = Path(__file__).with_name("samples") / "en-8277972997.wav"
SAMPLE_LANGUAGE = "en"
SAMPLE_DIGITS = "8277972997"
"""What is said in the sample."""

_CHUNK_S = 0.1
_SILENT_CHUNKS = 30
"""For the end of the answer to be noticed, also by a server that is a little late."""

_QUESTION = Ask((), 32, spoken_lengths=(10, 11))


def hear_sample(recogniser: Recogniser, wait: Callable[[float], None]) -> str:
    """The digits that are understood of the sample; "" when there are none.

    `wait` is told how many seconds each piece of audio lasts: a server wants it no faster. Raises
    RecogniserError.
    """
    listener = SpokenAnswer(recogniser, _QUESTION)
    try:
        listener.prompt_ended()
        for chunk in _chunks():
            update = listener.feed(chunk)
            if update.is_over:
                return _digits(update.event)
            wait(_CHUNK_S)
    finally:
        listener.close()
    return ""


def _digits(event: SpokenEvent | None) -> str:
    heard = () if event is None else event.heard
    return next((one.digits for one in heard if isinstance(one, HeardNumberMessage)), "")


def _chunks() -> Iterator[bytes]:
    try:
        with wave.open(str(SAMPLE)) as file:
            while audio := file.readframes(int(_CHUNK_S * SAMPLE_RATE_HZ)):
                yield audio
    except (OSError, wave.Error, EOFError) as error:
        raise RecogniserError(f"{SAMPLE} cannot be read: {error}") from error
    silence = bytes(2 * int(_CHUNK_S * SAMPLE_RATE_HZ))
    yield from (silence for _ in range(_SILENT_CHUNKS))
