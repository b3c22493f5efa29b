"""Runs every transcript against the real service."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path
from secrets import token_hex
from zoneinfo import ZoneInfo

import pytest

from ivr_service.dialogue.values import MailboxId, NumberClass, QuestionKind, SurveyAsked
from ivr_service.phone.transcript import Transcript, TranscriptError, load_transcripts, run_transcript
from ivr_service.policy.options import Comfort, Knowledge, Survey, SurveyQuestion
from ivr_service.policy.pins import hash_pin
from ivr_service.policy.settings import MailboxesFile, PolicyFile, SiteSettings
from ivr_service.service.dial_handler import DialHandler
from tests.conftest import Site

TRANSCRIPTS = [
    pytest.param(transcript, id=f"{path.stem}: {transcript.title}")
    for path in sorted((Path(__file__).parents[1] / "transcripts").glob("*.yaml"))
    for transcript in load_transcripts(path)
]


def at_local_time(now: datetime, moment: time) -> datetime:
    return datetime.combine(now, moment, tzinfo=ZoneInfo("America/New_York"))


def international(example: SiteSettings) -> SiteSettings:
    """The example, where mailbox 103 may call Jamaica and the United Kingdom too."""
    first, *others = example.mailboxes.mailboxes
    allowed = (*first.allowed, NumberClass.OTHER_NANP, NumberClass.INTERNATIONAL)
    rules = example.policy.policy.model_copy(
        update={
            "international": True,
            "international_countries": ("JM", "GB"),
            "banned_area_codes": (),
        }
    )
    return example.model_copy(
        update={
            "mailboxes": MailboxesFile(mailboxes=(first.model_copy(update={"allowed": allowed}), *others)),
            "policy": PolicyFile(policy=rules),
        }
    )


def asking_at_night(example: SiteSettings) -> SiteSettings:
    """The example, where callers are asked before they call where it is night."""
    knowledge = Knowledge(ask_after=time(21), ask_before=time(8))
    return example.model_copy(update={"options": example.options.model_copy(update={"knowledge": knowledge})})


def with_comfort(example: SiteSettings) -> SiteSettings:
    """The example, where calls begin with what was chosen last."""
    options = example.options.model_copy(update={"comfort": Comfort(same_as_last_time=True)})
    return example.model_copy(update={"options": options})


def in_spanish(example: SiteSettings) -> SiteSettings:
    """The example, where mailbox 103 hears Spanish, and 106 can change to it."""
    languages = {"106": {"other_language": "es"}, "103": {"language": "es", "other_language": "en"}}
    rows = tuple(row.model_copy(update=languages.get(row.mailbox, {})) for row in example.mailboxes.mailboxes)
    return example.model_copy(update={"mailboxes": MailboxesFile(mailboxes=rows)})


def asking_the_user(example: SiteSettings) -> SiteSettings:
    """The example, where a survey asks the user, and yes or no too."""
    more = SurveyQuestion(id="again", kind=QuestionKind.YES_OR_NO, text="Shall we call again?")
    known = (example.options.survey or Survey()).questions
    survey = Survey(ask=SurveyAsked.USER, questions=(known[0], more, known[1]))
    return example.model_copy(update={"options": example.options.model_copy(update={"survey": survey})})


SITES: dict[str, Callable[[SiteSettings], SiteSettings]] = {
    "example": lambda example: example,
    "international": international,
    "asking at night": asking_at_night,
    "same as last time": with_comfort,
    "spanish": in_spanish,
    "asking the user": asking_the_user,
}
CALL_ID = "0123456789abcdef" * 2


@pytest.mark.parametrize("transcript", TRANSCRIPTS)
def test_the_call_goes_as_written(transcript: Transcript, site: Site) -> None:
    if transcript.pin is not None:
        with site.database.turn() as unit:
            mailbox = MailboxId(transcript.mailbox, transcript.context)
            unit.pins.set_hash(mailbox, hash_pin(transcript.pin), site.clock.now)
    if transcript.disk_is_full:
        site.service = replace(site.service, dial_handler=DialHandler(free_mb=lambda: 0))
    if transcript.local_time is not None:
        site.clock.now = at_local_time(site.clock.now, transcript.local_time)
    settings = SITES[transcript.site](site.settings)
    run_transcript(replace(site.service, settings=lambda: settings), transcript, CALL_ID, site.voices)


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
            run_transcript(site.service, other, token_hex(16), site.voices)
        site.clock.forward(days=2)
