"""The comments of surveys on the disk: kept as long as recordings of calls, deleted, and noted as such."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ivr_service.service.voices import VoiceFiles
from ivr_service.store.database import Database
from ivr_service.store.survey_answers import SurveyAnswer


@dataclass(frozen=True)
class KeptComment:
    """A comment that is, or should be, on the disk. Without `size_bytes` somebody has taken it away."""

    voice: str
    answer: SurveyAnswer
    size_bytes: int | None


@dataclass(frozen=True)
class CommentKeeper:
    """Keeps the folder and the answers in step. Methods raise StoreUnavailableError and OSError."""

    database: Database
    files: VoiceFiles

    def all(self) -> tuple[KeptComment, ...]:
        """Every comment that was not deleted, the oldest first."""
        with self.database.reading() as unit:
            answers = unit.survey_answers.list()
        return tuple(
            KeptComment(answer.recording, answer, self.files.size_bytes(answer.recording))
            for answer in answers
            if answer.recording is not None and answer.recording_deleted_at is None
        )

    def older_than(self, age: timedelta, now: datetime) -> tuple[KeptComment, ...]:
        """Those that were spoken longer ago."""
        return tuple(kept for kept in self.all() if kept.answer.answered_at < now - age)

    def delete(self, comment: KeptComment, now: datetime) -> None:
        """Delete a comment's file, then note it; the rest of the survey stays."""
        self.files.delete(comment.voice)
        with self.database.turn() as unit:
            unit.survey_answers.note_deleted(comment.voice, now)
