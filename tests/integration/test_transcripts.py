"""Runs every transcript against the real service."""

from dataclasses import replace
from pathlib import Path
from secrets import token_hex

import pytest

from ivr_service.dialogue.values import MailboxId
from ivr_service.phone.transcript import Transcript, TranscriptError, load_transcripts, run_transcript
from ivr_service.policy.pins import hash_pin
from ivr_service.service.dial_handler import DialHandler
from tests.conftest import Site

TRANSCRIPTS = [
    pytest.param(transcript, id=f"{path.stem}: {transcript.title}")
    for path in sorted((Path(__file__).parents[1] / "transcripts").glob("*.yaml"))
    for transcript in load_transcripts(path)
]
CALL_ID = "0123456789abcdef" * 2


@pytest.mark.parametrize("transcript", TRANSCRIPTS)
def test_the_call_goes_as_written(transcript: Transcript, site: Site) -> None:
    if transcript.pin is not None:
        with site.database.turn() as unit:
            mailbox = MailboxId(transcript.mailbox, transcript.context)
            unit.pins.set_hash(mailbox, hash_pin(transcript.pin), site.clock.now)
    if transcript.disk_is_full:
        site.service = replace(site.service, dial_handler=DialHandler(free_mb=lambda: 0))
    run_transcript(site.service, transcript, CALL_ID)


def test_a_call_that_goes_another_way_is_found(site: Site) -> None:
    transcript = TRANSCRIPTS[0].values[0]
    assert isinstance(transcript, Transcript)
    for change in (
        {"ends": "hang_up"},
        {"dials_in_all": 0},
        {"steps": ({"hears": "something else"}, *transcript.model_dump()["steps"])},
        {"steps": transcript.model_dump()["steps"][:-2]},
        {"number": "2125559999"},
    ):
        other = Transcript.model_validate({**transcript.model_dump(), **change})
        with pytest.raises(TranscriptError):
            run_transcript(site.service, other, token_hex(16))
        site.clock.forward(days=2)
