"""`ivr-service survey report`: the table, the comments, and the CSV file."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr_service.admin.store_access import STORE_NAME
from ivr_service.cli import main
from ivr_service.store.database import Database
from ivr_service.store.survey_answers import SurveyAnswer

DAY = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)
VOICE = f"{'a' * 32}-4"


def answer(question: str, kind: str, given: str, *, call: int = 1, voice: str | None = None) -> SurveyAnswer:
    return SurveyAnswer(
        grant_id=f"{call:032x}",
        question=question,
        call_id=f"{call:032x}",
        mailbox="103@default",
        asked_of="called",
        kind=kind,
        answer=given,
        recording=voice,
        answered_at=DAY + timedelta(days=call),
    )


ANSWERS = (
    *(answer("content", "one-to-five", given, call=call) for call, given in enumerate(("5", "4", "4", "1"))),
    *(answer("again", "yes-no", given, call=call) for call, given in enumerate(("yes", "no", "yes"))),
    answer("comment", "comment", "", voice=VOICE),
)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    database = Database(f"sqlite:///{tmp_path}/{STORE_NAME}")
    database.migrate()
    with database.turn() as unit:
        for one in ANSWERS:
            assert unit.survey_answers.add(one)
    database.close()
    return tmp_path


def report(state: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(main, ["survey", "report", "--state", str(state), *arguments])
    assert result.exit_code == 0, result.output
    return result


def test_the_table_has_numbers_means_shares_and_what_was_given_how_often(state: Path) -> None:
    lines = report(state).output.splitlines()
    assert [line.split() for line in lines[:4]] == [
        ["question", "answers", "result", "distribution"],
        ["again", "3", "67", "%", "yes", "yes:2", "no:1"],
        ["content", "4", "mean", "3.50", "1:1", "2:0", "3:0", "4:2", "5:1"],
        ["comment", "1", "comments", "-"],
    ]
    assert lines[-1].endswith(f"103@default  comment  {VOICE}.wav")


def test_it_can_be_of_one_question_or_from_a_day_on(state: Path) -> None:
    assert "again" not in report(state, "--question", "content").output
    assert (
        report(state, "--since", "2026-05-06", "--question", "content").output.splitlines()[1].split()[1]
        == "2"
    )
    assert report(state, "--since", "2027-01-01").output == "No answers.\n"


def test_every_answer_is_a_row_of_the_csv_file(state: Path, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    report(state, "--csv", str(path))
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(ANSWERS)
    [comment] = [row for row in rows if row["kind"] == "comment"]
    assert (comment["recording"], comment["answer"], comment["mailbox"]) == (
        f"{VOICE}.wav",
        "",
        "103@default",
    )


def test_a_file_that_cannot_be_written_is_said(state: Path, tmp_path: Path) -> None:
    arguments = ["survey", "report", "--state", str(state), "--csv", str(tmp_path / "none" / "a.csv")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert "choose another file" in result.output


def test_a_question_is_answered_once_for_each_dial(state: Path) -> None:
    database = Database(f"sqlite:///{state}/{STORE_NAME}")
    with database.turn() as unit:
        assert not unit.survey_answers.add(answer("content", "one-to-five", "1"))
    database.close()
    assert "mean 3.50" in report(state).output
