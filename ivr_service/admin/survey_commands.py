"""`ivr-service survey`: what was answered after calls."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import click

from ivr_service.admin.options import plain_errors, state_option
from ivr_service.admin.store_access import existing_store
from ivr_service.dialogue.values import QuestionKind
from ivr_service.errors import IvrServiceError
from ivr_service.store.survey_answers import SurveyAnswer

_COLUMNS = (
    "answered_at",
    "mailbox",
    "call",
    "asked_of",
    "question",
    "kind",
    "answer",
    "recording",
    "deleted_at",
)
_HEADER = ("question", "answers", "result", "distribution")


class SurveyFileError(IvrServiceError):
    """The file for the answers cannot be written."""


@click.group("survey")
def survey_commands() -> None:
    """Look at what was answered after calls."""


@survey_commands.command("report")
@click.option(
    "--csv", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write every answer there."
)
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Only from this day on: 2026-05-04."
)
@click.option("--question", metavar="ID", help="Only this question, by its id in options.toml.")
@state_option
@plain_errors
def report_survey(*, file: Path | None, since: datetime | None, question: str | None, state: Path) -> None:
    """Print each question with its answers, and the comments with their files."""
    day = None if since is None else since.astimezone()  # midnight here, where the command runs
    with existing_store(state) as database, database.reading() as unit:
        answers = unit.survey_answers.list(day, question)
    if file is not None:
        _write(file, answers)
    if not answers:
        click.echo("No answers.")
        return
    for line in report(answers):
        click.echo(line)


def report(answers: Iterable[SurveyAnswer]) -> Iterator[str]:
    """The lines of the report: a table of the questions as they were first answered, and the comments."""
    questions: dict[tuple[str, str], list[SurveyAnswer]] = {}
    for answer in answers:
        questions.setdefault((answer.question, answer.kind), []).append(answer)
    cells = [_HEADER, *(_row(name, kind, given) for (name, kind), given in questions.items())]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEADER))]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    comments = [answer for given in questions.values() for answer in given if answer.recording is not None]
    if comments:
        yield ""
        yield "Comments, in recordings/voices of the state folder:"
        yield from map(_comment, comments)


def _comment(answer: SurveyAnswer) -> str:
    line = f"{_when(answer)}  {answer.mailbox}  {answer.question}  {answer.recording}.wav"
    return line if answer.recording_deleted_at is None else f"{line}  deleted"


def _row(name: str, kind: str, given: list[SurveyAnswer]) -> tuple[str, str, str, str]:
    count = str(len(given))
    counted = Counter(answer.answer for answer in given)
    match kind:
        case QuestionKind.ONE_TO_FIVE:
            mean = sum(int(answer) * times for answer, times in counted.items()) / len(given)
            shares = " ".join(f"{key}:{counted[key]}" for key in "12345")
            return name, count, f"mean {mean:.2f}", shares
        case QuestionKind.YES_OR_NO:
            share = 100 * counted["yes"] / len(given)
            return name, count, f"{share:.0f} % yes", f"yes:{counted['yes']} no:{counted['no']}"
        case _:
            return name, count, "comments", "-"


def _write(path: Path, answers: Iterable[SurveyAnswer]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_COLUMNS)
            writer.writerows(_csv_row(answer) for answer in answers)
    except OSError as error:
        raise SurveyFileError(f"{path}: {error.strerror}; nothing was lost, choose another file") from error


def _csv_row(answer: SurveyAnswer) -> tuple[str, ...]:
    return (
        _moment(answer.answered_at),
        answer.mailbox,
        answer.call_id,
        answer.asked_of,
        answer.question,
        answer.kind,
        answer.answer,
        "" if answer.recording is None else f"{answer.recording}.wav",
        "" if answer.recording_deleted_at is None else _moment(answer.recording_deleted_at),
    )


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _when(answer: SurveyAnswer) -> str:
    return answer.answered_at.astimezone().strftime("%Y-%m-%d %H:%M")
