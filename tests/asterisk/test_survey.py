"""Surveys: the called side is asked once the user has hung up, its answers are kept, and nobody is left."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr_service.dialogue.phrases import Phrase, Prompt, SpokenName
from ivr_service.dialogue.prompt_ids import PromptId
from tests.asterisk.kit.call import SipCall
from tests.asterisk.kit.listening import likeness, loudness_at
from tests.asterisk.kit.pbx import Office
from tests.asterisk.kit.phone import NeverAnswers, Refuses
from tests.asterisk.kit.prompts import recordings
from tests.asterisk.kit.service import ServiceProcess, wait_until
from tests.asterisk.kit.site import SURVEY_MAILBOXES, write_recording_options, write_survey_options
from tests.asterisk.kit.sound import read_wav, tone

pytestmark = pytest.mark.asterisk

NUMBER = "2125551234"
INTRODUCTION = Prompt(PromptId.SURVEY_INTRODUCTION)
CONTENT = SpokenName("How content are you with our call?")
COMMENT = Prompt(PromptId.SURVEY_COMMENT)
THANKS = Prompt(PromptId.SURVEY_THANKS)
NOT_RECORDED = Prompt(PromptId.SURVEY_NOT_RECORDED)
ANSWER_SURVEY = Prompt(PromptId.MENU_ANSWER_SURVEY)
CLEARLY = 0.8
LOUD = 700


@pytest.fixture(scope="session")
def fresh_survey_mailboxes(version: str) -> Iterator[str]:
    return iter(SURVEY_MAILBOXES)


@pytest.fixture
def survey_mailbox(fresh_survey_mailboxes: Iterator[str]) -> str:
    """Give a mailbox whose calls a survey may follow."""
    return next(fresh_survey_mailboxes)


def was_heard(service: ServiceProcess, call: SipCall, phrase: Phrase) -> bool:
    return all(likeness(call.heard(), sound) > CLEARLY for sound in recordings(service.state, phrase))


def call_with_survey(office: Office, mailbox: str, codes: str = "9*") -> tuple[SipCall, SipCall]:
    """Call with the code for a survey in front of the number, until both can talk."""
    call = office.enter(mailbox, "dialout", f"{codes}{NUMBER}")
    call.wait_for_sound()
    call.press("1")
    called = office.trunk.wait_for_call()
    called.wait_until_answered()
    time.sleep(0.5)
    return call, called


def test_the_called_side_answers_by_keys_and_leaves_a_comment(
    office: Office, service: ServiceProcess, survey_mailbox: str
) -> None:
    call, called = call_with_survey(office, survey_mailbox)
    call.hang_up()
    wait_until(lambda: was_heard(service, called, CONTENT), "the first question")
    assert was_heard(service, called, INTRODUCTION)
    called.press("4")
    called.wait_for_sound()
    called.press("1")
    wait_until(lambda: was_heard(service, called, COMMENT), "how to leave a comment")
    called.wait_for_quiet()
    called.say(tone(900, 2.0))
    called.press("#")
    called.wait_until_over()
    assert was_heard(service, called, THANKS)

    office.dialled()
    answers = service.survey_answers(survey_mailbox)
    assert [answer[:3] for answer in answers] == [
        ("content", "called", "4"),
        ("again", "called", "yes"),
        ("comment", "called", ""),
    ]
    comment = service.state / "recordings" / "voices" / f"{answers[-1][3]}.wav"
    assert loudness_at(900, read_wav(comment)) > LOUD
    [row] = service.wait_for_outcome(survey_mailbox)
    assert row.outcome == "answered"


def test_whoever_hangs_up_in_the_middle_has_answered_so_far_and_leaves_no_channel(
    office: Office, service: ServiceProcess, survey_mailbox: str
) -> None:
    call, called = call_with_survey(office, survey_mailbox)
    call.hang_up()
    wait_until(lambda: was_heard(service, called, CONTENT), "the first question")
    called.press("2")
    wait_until(lambda: bool(service.survey_answers(survey_mailbox)), "the first answer")
    called.wait_for_sound()
    called.hang_up()
    office.server.wait_until_idle()

    assert [answer[:3] for answer in service.survey_answers(survey_mailbox)] == [("content", "called", "2")]
    service.wait_for_the_end(survey_mailbox)


def test_no_survey_follows_when_the_called_side_hangs_up_or_none_was_wanted(
    office: Office, service: ServiceProcess, survey_mailbox: str
) -> None:
    call, called = call_with_survey(office, survey_mailbox)
    called.hang_up()
    call.wait_for_sound()
    call.hang_up()
    office.server.wait_until_idle()
    assert service.survey_answers(survey_mailbox) == []

    call = office.enter(survey_mailbox, "dialout", "3125550000")
    call.wait_for_sound()
    call.press("1")
    called = office.trunk.wait_for_call(2)
    called.wait_until_answered()
    call.hang_up()
    called.wait_until_over()
    assert not was_heard(service, called, INTRODUCTION)


KEPT = (("content", "called", "3"), ("again", "called", "no"), ("comment", "called", ""))
KEPT_AT = {"introduction": 0, "question": 0, "comment asked for": 2, "comment": 3, "thanks": 3}
"""How many of these are kept when whoever is asked hangs up then."""


def go_to_step(service: ServiceProcess, called: SipCall, step: str) -> None:
    """Answer the survey up to this step, and not to its end."""
    if step == "introduction":
        return
    wait_until(lambda: was_heard(service, called, CONTENT), "the first question")
    if step == "question":
        return
    called.press("3")
    called.wait_for_sound()
    called.press("2")
    wait_until(lambda: was_heard(service, called, COMMENT), "how to leave a comment")
    if step == "comment asked for":
        return
    called.wait_for_quiet()
    called.say(tone(900, 1.5))
    if step == "thanks":
        called.press("#")
        called.wait_for_sound()


def assert_nothing_is_left(office: Office, service: ServiceProcess, mailbox: str) -> None:
    """No channel, no call that goes on, no dial that counts, and no file that is no comment."""
    office.server.wait_until_idle()
    service.wait_for_the_end(mailbox)
    assert [row.outcome for row in service.wait_for_outcome(mailbox)] == ["answered"]
    kept = {answer[3] for answer in service.survey_answers(mailbox) if answer[3]}
    wait_until(lambda: service.voices_of(mailbox) == kept, "no file is left that is no comment")


@pytest.mark.parametrize("step", KEPT_AT)
def test_whoever_hangs_up_at_any_step_of_the_survey_leaves_nothing_behind(
    office: Office, service: ServiceProcess, survey_mailbox: str, step: str
) -> None:
    call, called = call_with_survey(office, survey_mailbox)
    call.hang_up()
    go_to_step(service, called, step)
    called.hang_up()
    assert_nothing_is_left(office, service, survey_mailbox)
    answers = tuple(answer[:3] for answer in service.survey_answers(survey_mailbox))
    assert answers == KEPT[: KEPT_AT[step]]


def test_a_user_who_hangs_up_in_the_menu_leaves_no_survey(
    office: Office, service: ServiceProcess, survey_mailbox: str
) -> None:
    call = office.enter(survey_mailbox, "dialout", f"9*{NUMBER}")
    call.wait_for_sound()
    call.hang_up()
    office.server.wait_until_idle()
    office.assert_nothing_was_dialled()
    service.wait_for_the_end(survey_mailbox)
    assert service.audit(survey_mailbox) == []


def test_a_call_that_has_a_survey_holds_up_no_other(
    office: Office, service: ServiceProcess, survey_mailbox: str
) -> None:
    """The dial is over when the user hangs up: while the survey goes on, they may call again."""
    call, called = call_with_survey(office, survey_mailbox)
    call.hang_up()
    wait_until(lambda: was_heard(service, called, CONTENT), "the first question")
    again = office.enter(survey_mailbox, "dialout", "3125550000")
    again.wait_for_sound()
    again.press("1")
    other = office.trunk.wait_for_call(2)
    other.wait_until_answered()
    again.hang_up()
    other.wait_until_over()
    called.press("5")
    wait_until(lambda: bool(service.survey_answers(survey_mailbox)), "the answer")
    called.hang_up()
    office.server.wait_until_idle()
    rows = service.wait_for_outcome(survey_mailbox, 2)
    assert [row.outcome for row in rows] == ["answered", "answered"]


def test_the_recording_of_a_call_ends_with_the_user_and_the_survey_is_no_part_of_it(
    office: Office, service: ServiceProcess, survey_mailbox: str
) -> None:
    began = time.monotonic()
    call, called = call_with_survey(office, survey_mailbox, "5*9*")
    called.wait_for_quiet()
    called.say(tone(1300, 1.0))
    call.hang_up()
    longest_s = time.monotonic() - began
    go_to_step(service, called, "comment")
    called.press("#")
    called.wait_until_over()
    row = service.wait_for_recording(survey_mailbox, f"+1{NUMBER}")
    samples = read_wav(service.state / "recordings" / f"{row.recording}.wav")
    assert loudness_at(1300, samples) > LOUD
    assert len(samples) < longest_s * 8000
    assert likeness(samples, recordings(service.state, CONTENT)[0]) < CLEARLY
    assert_nothing_is_left(office, service, survey_mailbox)


@pytest.fixture
def full_disk(service: ServiceProcess) -> Iterator[None]:
    write_recording_options(service.site, "min_free_mb = 100000000")
    yield from reloaded(service)


@pytest.fixture
def asking_the_user(service: ServiceProcess) -> Iterator[None]:
    write_survey_options(service.site, 'ask = "user"')
    yield from reloaded(service)


def reloaded(service: ServiceProcess) -> Iterator[None]:
    """Let the service run with options.toml as it was written now, then as before."""
    service.reload()
    yield
    write_recording_options(service.site)
    service.reload()


@pytest.mark.usefixtures("full_disk")
def test_on_a_full_disk_no_comment_is_recorded_and_the_answers_are_kept(
    office: Office, service: ServiceProcess, survey_mailbox: str
) -> None:
    call, called = call_with_survey(office, survey_mailbox)
    call.hang_up()
    wait_until(lambda: was_heard(service, called, CONTENT), "the first question")
    called.press("3")
    called.wait_for_sound()
    called.press("2")
    called.wait_until_over()
    assert was_heard(service, called, NOT_RECORDED)
    assert not was_heard(service, called, COMMENT)
    assert_nothing_is_left(office, service, survey_mailbox)
    assert tuple(answer[:3] for answer in service.survey_answers(survey_mailbox)) == KEPT[:2]


@pytest.mark.usefixtures("asking_the_user")
@pytest.mark.parametrize(("codes", "is_chosen_after"), [("9*", False), ("", True)], ids=["code", "after"])
def test_the_user_answers_when_the_called_side_has_hung_up(
    *, office: Office, service: ServiceProcess, survey_mailbox: str, codes: str, is_chosen_after: bool
) -> None:
    call, called = call_with_survey(office, survey_mailbox, codes)
    called.hang_up()
    if is_chosen_after:
        wait_until(lambda: was_heard(service, call, ANSWER_SURVEY), "the choice of a survey", 30.0)
        call.press("5")
    wait_until(lambda: was_heard(service, call, CONTENT), "the first question")
    call.press("4")
    call.wait_for_sound()
    call.press("1")
    wait_until(lambda: was_heard(service, call, COMMENT), "how to leave a comment")
    call.wait_for_quiet()
    call.say(tone(900, 2.0))
    call.press("#")
    wait_until(lambda: was_heard(service, call, THANKS), "the thanks")
    call.hang_up()
    assert_nothing_is_left(office, service, survey_mailbox)
    answers = service.survey_answers(survey_mailbox)
    assert [answer[:3] for answer in answers] == [
        ("content", "user", "4"),
        ("again", "user", "yes"),
        ("comment", "user", ""),
    ]
    comment = service.state / "recordings" / "voices" / f"{answers[-1][3]}.wav"
    assert loudness_at(900, read_wav(comment)) > LOUD
    assert not was_heard(service, called, INTRODUCTION)


@pytest.mark.usefixtures("asking_the_user")
@pytest.mark.parametrize("step", ["question", "comment"])
def test_a_user_who_hangs_up_in_the_survey_has_answered_so_far(
    office: Office, service: ServiceProcess, survey_mailbox: str, step: str
) -> None:
    call, called = call_with_survey(office, survey_mailbox)
    called.hang_up()
    go_to_step(service, call, step)
    call.hang_up()
    assert_nothing_is_left(office, service, survey_mailbox)
    assert len(service.survey_answers(survey_mailbox)) == KEPT_AT[step]


@pytest.mark.parametrize("behaviour", [Refuses(486), NeverAnswers()], ids=["busy", "unanswered"])
def test_a_call_that_is_not_answered_has_no_survey(
    office: Office, service: ServiceProcess, survey_mailbox: str, behaviour: Refuses | NeverAnswers
) -> None:
    office.trunk.behaviour = behaviour
    call = office.enter(survey_mailbox, "dialout", f"9*{NUMBER}")
    call.wait_for_sound()
    call.press("1")
    called = office.trunk.wait_for_call()
    time.sleep(1)
    call.hang_up()
    called.wait_until_over(8)
    office.server.wait_until_idle()
    [row] = service.wait_for_outcome(survey_mailbox)
    assert row.outcome != "answered"
    assert row.grant_id is not None
    assert start_survey(service, f"{service.call_id_of(row.grant_id)}-{row.grant_id[:8]}") == ["hang_up"]


def test_a_survey_nobody_granted_is_refused_and_one_is_begun_only_once(
    office: Office, service: ServiceProcess, survey_mailbox: str
) -> None:
    call, _ = call_with_survey(office, survey_mailbox)
    [row] = service.audit(survey_mailbox)
    assert row.grant_id is not None
    call_id = service.call_id_of(row.grant_id)
    assert start_survey(service, f"{call_id}-{'0' * 8}") == ["hang_up"]
    assert start_survey(service, f"{'0' * 32}-{row.grant_id[:8]}") == ["hang_up"]
    assert start_survey(service, f"{call_id}-{row.grant_id[:8]}") == ["ask"]
    assert start_survey(service, f"{call_id}-{row.grant_id[:8]}") == ["hang_up"]
    call.hang_up()


def start_survey(service: ServiceProcess, survey: str) -> list[str]:
    """Begin a survey as a front end would, and give what it would have to do."""
    call = {
        "call_id": f"{time.monotonic_ns():032x}",
        "kind": "survey",
        "extension": "s",
        "mailbox": "",
        "origin": "outside",
        "survey": survey,
    }
    reply = post(service.state, "/v1/calls", call)
    return [action["do"] for action in reply["actions"]]


def post(state: Path, path: str, body: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    payload = json.dumps(body).encode()
    token = (state / "token").read_text("ascii").strip()
    head = (
        f"POST {path} HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\n\r\n"
    )
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(state / "service.sock"))
        line.sendall(head.encode() + payload)
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    reply: dict[str, list[dict[str, str]]] = json.loads(answer.partition(b"\r\n\r\n")[2])
    return reply
