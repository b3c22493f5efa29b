"""Voices under the real server: several, too many, listeners that fail or hang, and a stop meanwhile."""

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from ivr_service.agi.speech_line import SpeechLine
from ivr_service.web.speech import MOST_STREAMS, SOCKET_NAME, SharedListening, speech_socket
from tests.integration.test_web_server import CALL_ID, Server, wait_until

TOKEN = "t" * 43
WORKERS = 2


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    made.start_and_wait()
    yield made
    (made.state / "go").touch()
    made.stop()


def opened(server: Server, token: str = TOKEN) -> SpeechLine:
    line = SpeechLine(str(server.state / SOCKET_NAME), token, CALL_ID, 0)
    wait_until(lambda: handled(line).is_open or line.is_over)
    return line


def handled(line: SpeechLine) -> SpeechLine:
    if not line.is_over:
        line.handle()
    return line


def say(line: SpeechLine, letter: bytes) -> None:
    line.send_audio(letter * 960)


def test_several_callers_are_heard_each_for_themselves(server: Server) -> None:
    first, second = opened(server), opened(server)
    say(first, b"b")
    say(second, b"u")
    wait_until(lambda: handled(first).has_begun and handled(second).is_over)
    assert second.event == {"type": "spoken", "heard": []}
    assert not first.is_over
    first.prompt_ended()
    wait_until(lambda: handled(first).is_over)
    assert first.was_silent


def test_a_listener_is_closed_when_its_caller_is_gone(server: Server) -> None:
    opened(server).close()
    wait_until((server.state / "closed-listeners").exists)


@pytest.mark.parametrize("failure", [b"f", b"x"], ids=["foreseen", "not foreseen"])
def test_a_recogniser_that_fails_ends_the_line_at_once_and_harms_nobody_else(
    server: Server, failure: bytes
) -> None:
    broken, other = opened(server), opened(server)
    say(broken, failure)
    wait_until(lambda: handled(broken).is_over)
    assert (broken.event, broken.was_silent) == (None, False)
    say(other, b"u")
    wait_until(lambda: handled(other).event is not None)


def test_a_recogniser_that_hangs_is_given_up_and_calls_go_on(server: Server) -> None:
    line = opened(server)
    say(line, b"h")
    wait_until(lambda: handled(line).is_over)
    assert (line.event, line.was_silent) == (None, False)
    assert server.caller_ids()


def test_a_caller_who_says_nothing_is_listened_to_on_and_on(server: Server) -> None:
    line = opened(server)
    ends = time.monotonic() + 3
    while time.monotonic() < ends:
        assert not handled(line).is_over
        time.sleep(0.05)
    line.close()


def test_a_line_that_brings_no_more_audio_ends_with_the_time_for_its_answer(server: Server) -> None:
    line, other = opened(server), opened(server)
    say(line, b"l")
    say(other, b"b")
    wait_until(lambda: [handled(one).is_over for one in (line, other)] == [True, False])
    assert (line.event, line.was_silent) == (None, False)
    assert other.has_begun
    other.close()


def test_too_many_voices_go_on_by_keys_and_the_others_are_heard(server: Server) -> None:
    lines = [opened(server) for _ in range(WORKERS * MOST_STREAMS + 3)]
    wait_until(lambda: sum(handled(line).is_over for line in lines) >= 3)
    assert all(line.event is None for line in lines)
    assert server.caller_ids()
    alive = [line for line in lines if not handled(line).is_over]
    assert alive
    say(alive[0], b"u")
    wait_until(lambda: handled(alive[0]).event is not None)
    for line in lines:
        line.close()


def test_who_has_not_the_token_is_not_listened_to(server: Server) -> None:
    assert opened(server, "another").is_over


def test_a_stop_ends_the_voices(server: Server) -> None:
    line = opened(server)
    server.processes[0].terminate()
    assert server.processes[0].wait(20) == 0
    wait_until(lambda: handled(line).is_over)


def test_whoever_lost_the_race_for_a_caller_does_not_wait_for_the_next_when_told_to_stop(
    tmp_path: Path,
) -> None:
    """Both hear that somebody connects; the one that does not get the connection is in accept() then."""
    with speech_socket(tmp_path) as listening:
        lost = SharedListening(fileno=listening.dup().detach())
        ended = Event()

        def accept() -> None:
            with suppress(OSError):
                lost.accept()
            ended.set()

        Thread(target=accept, daemon=True).start()
        assert not ended.wait(0.5)
        lost.close()
        assert ended.wait(5)
