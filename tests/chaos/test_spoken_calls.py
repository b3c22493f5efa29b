"""The running service hears recordings: numbers that are said reach the trunk, and nothing else does."""

import secrets
from pathlib import Path

import pytest

from ivr_service.dialogue.events import EndedBy
from ivr_service.dialogue.values import CallKind, Origin
from ivr_service.phone.call import CallEnd, PhoneCall
from ivr_service.phone.http_line import open_line
from ivr_service.phone.keying import KeyStream
from ivr_service.phone.spoken import Recording, RecordingError, play_into
from ivr_service.phone.terminal import Screen, UnattendedPerson
from ivr_service.service.messages import KeysEvent, PostTurn, StartCall
from tests.chaos.running_service import RunningService, wait_until

RECORDINGS = Path(__file__).parents[1] / "fixtures" / "speech"
NUMBER = RECORDINGS / "number-2125550142-george.wav"


def dial_out() -> StartCall:
    return StartCall(
        call_id=secrets.token_hex(16),
        kind=CallKind.DIAL_OUT,
        extension="0#",
        mailbox="103",
        origin=Origin.INSIDE,
    )


def call(service: RunningService, recording: Path, keys: str) -> CallEnd:
    line = open_line(service.state)
    person = UnattendedPerson(Screen(print), KeyStream(keys), "ANSWER", [Recording(recording)])
    return PhoneCall(line, person, dial_out(), line).run()


def test_a_number_that_is_said_and_confirmed_is_dialled(service: RunningService) -> None:
    assert call(service, NUMBER, "111").dialled == ("PJSIP/12125550142@trunk",)


def test_a_number_that_is_said_and_not_confirmed_is_not_dialled(service: RunningService) -> None:
    assert call(service, NUMBER, "12*#").dialled == ()


def test_voices_are_kept_only_where_the_site_wants_it(service: RunningService) -> None:
    folder = service.state / "speech-failures"
    call(service, NUMBER, "12*#")
    assert not folder.exists()
    assert not (service.state / "speech-pending").exists()
    options = service.config / "options.toml"
    options.write_text(options.read_text().replace("# [speech_failures]", "[speech_failures]"))
    service.stop()
    service.start()
    assert call(service, NUMBER, "111").dialled == ("PJSIP/12125550142@trunk",)
    assert not folder.exists()
    call(service, NUMBER, "12*#")
    [recording] = folder.glob("*.wav")
    assert list((service.state / "speech-pending").iterdir()) == []
    assert "2125550142" in recording.with_suffix(".toml").read_text()
    assert list(Recording(recording).chunks())


def test_a_call_that_does_not_exist_and_a_wrong_turn_are_not_listened_to(service: RunningService) -> None:
    line, request = open_line(service.state), dial_out()
    with pytest.raises(RecordingError):
        play_into(line.client.speech_line(request.call_id, 0), Recording(NUMBER))
    line.start(request)
    with pytest.raises(RecordingError):
        play_into(line.client.speech_line(request.call_id, 7), Recording(NUMBER))


def test_who_has_no_token_is_not_listened_to(service: RunningService) -> None:
    line = open_line(service.state)
    line.client._token = "no such token"
    with pytest.raises(RecordingError):
        play_into(line.client.speech_line("ab" * 16, 0), Recording(NUMBER))


def test_a_killed_worker_ends_the_listening_and_the_call_goes_on_by_keys(service: RunningService) -> None:
    line, request = open_line(service.state), dial_out()
    line.start(request)
    line.turn(request.call_id, PostTurn(turn=1, event=KeysEvent(keys="1", ended_by=EndedBy.FULL)))
    voice = line.client.speech_line(request.call_id, 1)

    def is_open() -> bool:
        voice.handle()
        return voice.is_open

    wait_until(is_open)
    for chunk in list(Recording(NUMBER).chunks())[:10]:
        voice.send_audio(chunk)
    for pid in service.workers():
        service.kill_worker(pid)

    def is_over() -> bool:
        voice.handle()
        return voice.is_over

    wait_until(is_over)
    assert voice.event is None
    keys = KeysEvent(keys="3125550000", ended_by=EndedBy.TERMINATOR)
    assert line.turn(request.call_id, PostTurn(turn=2, event=keys)).turn == 2
