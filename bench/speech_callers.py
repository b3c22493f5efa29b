"""From the last word to the result, and a stream's share of a processor: ten callers at once against one.

Callers say recorded numbers of ten digits at the pace of life, through the front end's own client, to the
real server with its own settings. What is waited for on purpose, so that nobody is cut short, is told apart:
the same recording is heard here once more, as fast as it goes, which tells after how much audio its answer
is over (in steps of 60 ms). The callers run on the same machine and take their share of its processors.

    python -m bench.speech_callers
"""

import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from threading import Thread
from uuid import uuid4

from bench.turns import EXAMPLE, ROOT, START_LIMIT_S, answers
from ivr_service.agi.speech_line import SpeechLine
from ivr_service.dialogue.events import EndedBy
from ivr_service.dialogue.values import CallKind, Origin
from ivr_service.phone.http_line import open_line
from ivr_service.phone.spoken import Recording
from ivr_service.service.messages import KeysEvent, PostTurn, StartCall
from ivr_service.speech.evaluation.caller import listen, number_ask
from ivr_service.speech.evaluation.labels import read_samples
from ivr_service.speech.evaluation.run import speech_ends_ms
from ivr_service.speech.recogniser import Recogniser
from ivr_service.speech.site_model import SiteModel, embedded_model

RECORDINGS = ROOT / "tests/fixtures/speech"
ROUNDS = ((1, 10), (10, 5))
"""Callers at once, and the answers of each."""

MOST_LATE_MS = 500.0
MOST_OF_A_PROCESSOR = 0.05

_TEN_DIGITS = f"*-{10 * '[0-9]'}-*.wav"
_FRAME_MS = 20
_FRAME_BYTES = 320
_LONGEST_ANSWER_S = 30.0
_PROCESSOR_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Voice:
    """A recorded number: audio, and in milliseconds when its last word ends and the pause to the result."""

    audio: bytes
    last_word_ms: float
    pause_ms: float


@dataclass(frozen=True)
class Result:
    """How late a result came after the last word, in ms, and how long the caller was heard, in s."""

    voice: Voice
    late_ms: float
    audio_s: float

    @property
    def beyond_ms(self) -> float:
        """What came on top of the pause that is waited for on purpose."""
        return self.late_ms - self.voice.pause_ms


@dataclass(frozen=True)
class Place:
    """A running service, and who calls it."""

    state: Path
    server_pid: int
    voices: list[Voice]


@dataclass
class Round:
    """What callers at once found, and what the server's processes worked for them, in processor seconds."""

    results: list[Result] = field(default_factory=list)
    failures: int = 0
    worked_s: float = 0.0

    @property
    def share(self) -> float:
        return self.worked_s / sum(result.audio_s for result in self.results)


def voices(scratch: Path) -> tuple[list[Voice], list[Voice]]:
    """The recordings of ten digits: those that can be a telephone number, and those that begin with a one.

    No number of ten digits does: after a one ten more must follow, so these wait for an eleventh digit.
    """
    model = SiteModel(embedded_model(), scratch)
    model.prepare(number_ask().words)
    said = {path: _voice(model.recogniser(), path) for path in sorted(RECORDINGS.rglob(_TEN_DIGITS))}
    numbers = [voice for path, voice in said.items() if path.name.split("-")[1][0] not in "01"]
    return numbers, [voice for voice in said.values() if voice not in numbers]


def _voice(recogniser: Recogniser, path: Path) -> Voice:
    audio = b"".join(Recording(path).chunks())
    last_word_ms = speech_ends_ms(read_samples(path))
    return Voice(audio, last_word_ms, listen(recogniser, number_ask(), audio, last_word_ms).late_ms)


def say(line: SpeechLine, voice: Voice) -> Result | None:
    """Say one number at the pace of life; None when the service did not listen to its end."""
    began = time.monotonic()
    frames = 0
    while not line.is_over and time.monotonic() - began < _LONGEST_ANSWER_S:
        at = frames * _FRAME_BYTES
        line.send_audio((voice.audio[at : at + _FRAME_BYTES]).ljust(_FRAME_BYTES, b"\0"))
        frames += 1
        _attend(line, began + frames * _FRAME_MS / 1000)
    took_s = time.monotonic() - began
    line.close()
    return None if line.event is None else Result(voice, took_s * 1000 - voice.last_word_ms, took_s)


def _attend(line: SpeechLine, until: float) -> None:
    """Take what comes from the service until it is time for the next frame, or all is said."""
    while not line.is_over and (left := until - time.monotonic()) > 0:
        if select.select([line], [], [], left)[0]:
            line.handle()


def asked_for_a_number(state: Path) -> SpeechLine:
    """Make a call that has come to the question for a number; its prompt is over."""
    line, call_id = open_line(state), uuid4().hex
    line.start(
        StartCall(
            call_id=call_id, kind=CallKind.DIAL_OUT, extension="0#", mailbox="103", origin=Origin.INSIDE
        )
    )
    line.turn(call_id, PostTurn(turn=1, event=KeysEvent(keys="1", ended_by=EndedBy.FULL)))
    voice = line.client.speech_line(call_id, 1)
    _attend_until_open(voice)
    voice.prompt_ended()
    return voice


def _attend_until_open(line: SpeechLine) -> None:
    while not line.is_open and not line.is_over:
        _attend(line, time.monotonic() + 0.01)


def _percentiles(values: list[float]) -> tuple[float, float]:
    """Give the median and the 95th percentile."""
    cuts = quantiles(values, n=20, method="inclusive")
    return cuts[9], cuts[18]


def measure(place: Place, callers: int, answers: int) -> Round:
    """Have so many callers at once give so many answers each."""
    found = Round()
    worked = _worked_s(place.server_pid)
    threads = [Thread(target=_call, args=(place, caller, answers, found)) for caller in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found.worked_s = _worked_s(place.server_pid) - worked
    return found


def _call(place: Place, caller: int, answers: int, found: Round) -> None:
    for answer in range(answers):
        voice = place.voices[(caller + answer) % len(place.voices)]
        result = say(asked_for_a_number(place.state), voice)
        if result is None:
            found.failures += 1
        else:
            found.results.append(result)


def _worked_s(server_pid: int) -> float:
    """Give the processor time of the server and its workers (proc(5), stat: utime and stime)."""
    children = Path(f"/proc/{server_pid}/task/{server_pid}/children").read_text("ascii").split()
    return sum(_process_s(pid) for pid in (server_pid, *map(int, children)))


def _process_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _PROCESSOR_TICKS


@contextmanager
def serving(state: Path) -> Iterator[int]:
    """Run the service with the example's settings; gives its process id."""
    command = ("-m", "ivr_service", "serve", "--config", str(EXAMPLE), "--state", str(state))
    with (state.parent / "log").open("wb") as log:
        server = subprocess.Popen([sys.executable, *command], cwd=ROOT, stdout=log, stderr=log)
    try:
        ends = time.monotonic() + START_LIMIT_S
        while not answers(state / "service.sock"):
            assert server.poll() is None, "the service ended"
            assert time.monotonic() < ends, "the service did not start"
            time.sleep(0.1)
        yield server.pid
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def main() -> int:
    """Measure each number of callers, print the figures; 0 when the aims are met."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        said, unfinished = voices(Path(folder))
        with serving(state) as server_pid:
            place = Place(state, server_pid, said)
            measure(place, callers=1, answers=2)  # everything is loaded and warm
            found = [measure(place, callers, answers) for callers, answers in ROUNDS]
    print(f"results of {len(said)} recorded numbers, {os.cpu_count()} processors, callers included;")
    print("milliseconds from the last word to the result, and the part that was not waited for on purpose")
    print(f"{'callers at once':>15}{'answers':>9}{'failed':>8}{'p50':>6}{'p95':>6}", end="")
    print(f"{'not waited: p50':>18}{'p95':>6}{'slowest':>9}{'share of a processor':>22}")
    for (callers, _), one in zip(ROUNDS, found, strict=True):
        print(f"{callers:>15}{_figures(one)}")
    waited = " and ".join(f"{voice.pause_ms:.0f}" for voice in unfinished)
    print(f"ten digits that begin with a one wait for an eleventh, in audio: {waited} ms")
    alone, together = (_late(one)[1] for one in found)
    print(f"ratio of p95, ten callers to one: {together / alone:.2f}")
    print(f"aims: p95 at most {MOST_LATE_MS:.0f} ms, none failed, at most {MOST_OF_A_PROCESSOR:.0%}", end=" ")
    print(f"of a processor a stream: {'met' if all(map(_meets_the_aims, found)) else 'missed'}")
    return 0 if all(map(_meets_the_aims, found)) else 1


def _late(one: Round) -> tuple[float, float]:
    return _percentiles([result.late_ms for result in one.results])


def _figures(one: Round) -> str:
    p50, p95 = _late(one)
    beyond = [result.beyond_ms for result in one.results]
    beyond50, beyond95 = _percentiles(beyond)
    return (
        f"{len(one.results):>9}{one.failures:>8}{p50:>6.0f}{p95:>6.0f}"
        f"{beyond50:>18.0f}{beyond95:>6.0f}{max(beyond):>9.0f}{one.share:>22.1%}"
    )


def _meets_the_aims(one: Round) -> bool:
    return _late(one)[1] <= MOST_LATE_MS and not one.failures and one.share <= MOST_OF_A_PROCESSOR


if __name__ == "__main__":
    sys.exit(main())
