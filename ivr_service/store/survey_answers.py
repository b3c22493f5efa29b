"""The answers of surveys, one row for each question that was answered."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, insert, select, update

from ivr_service.store.tables import survey_answers


@dataclass(frozen=True)
class SurveyAnswer:
    """One answer about the dial with this grant.

    `call_id` and `mailbox` are of that dial, `asked_of` is "called" or "user". `kind` is that of the
    question: "one-to-five" has "1" to "5" as its answer, "yes-no" has "yes" or "no", and a "comment" has
    none: its `recording` is the name of a file, until `recording_deleted_at`.
    """

    grant_id: str
    question: str
    call_id: str
    mailbox: str
    asked_of: str
    kind: str
    answer: str
    recording: str | None
    answered_at: datetime
    recording_deleted_at: datetime | None = None


class SurveyAnswers:
    """The answers, seen from one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, answer: SurveyAnswer) -> bool:
        """Keep an answer. False, and no change, when this question is answered for this dial already."""
        here = select(survey_answers.c.question).where(
            and_(survey_answers.c.grant_id == answer.grant_id, survey_answers.c.question == answer.question)
        )
        if self._connection.execute(here).first() is not None:
            return False
        self._connection.execute(
            insert(survey_answers).values(
                grant_id=answer.grant_id,
                question=answer.question,
                call_id=answer.call_id,
                mailbox=answer.mailbox,
                asked_of=answer.asked_of,
                kind=answer.kind,
                answer=answer.answer,
                recording=answer.recording,
                answered_at=answer.answered_at,
            )
        )
        return True

    def list(self, since: datetime | None = None, question: str | None = None) -> tuple[SurveyAnswer, ...]:
        """The answers since then, of all questions or of one; the oldest first."""
        query = select(survey_answers).order_by(
            survey_answers.c.answered_at, survey_answers.c.grant_id, survey_answers.c.question
        )
        if since is not None:
            query = query.where(survey_answers.c.answered_at >= since)
        if question is not None:
            query = query.where(survey_answers.c.question == question)
        return tuple(SurveyAnswer(*row) for row in self._connection.execute(query))

    def voices(self) -> frozenset[str]:
        """Every recording that is a comment, and is kept."""
        rows = self._connection.execute(
            select(survey_answers.c.recording).where(
                survey_answers.c.recording.is_not(None), survey_answers.c.recording_deleted_at.is_(None)
            )
        )
        return frozenset(row.recording for row in rows if row.recording is not None)

    def note_deleted(self, recording: str, at: datetime) -> None:
        """Note that the file of a comment has been deleted."""
        self._connection.execute(
            update(survey_answers)
            .where(survey_answers.c.recording == recording)
            .values(recording_deleted_at=at)
        )
