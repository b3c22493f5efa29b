"""What can be wrong with a prompt, said so that an admin can put it right."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ivr_service.errors import IvrServiceError


class Trouble(StrEnum):
    """The kinds of finding, as `prompts check` prints them."""

    UNREADABLE = "unreadable"
    MISSING = "missing"
    UNUSED = "unused"
    UNTRANSLATABLE = "untranslatable"
    RECORDING_MISSING = "recording missing"
    RECORDING_UNREADABLE = "recording unreadable"
    NOT_BUILT = "not built"
    TOO_QUIET = "too quiet"
    CLIPPED = "clipped"
    TOO_LONG = "too long"
    WRONG_RATE = "wrong rate"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: `where` is "file:line" or a file, `subject` the prompt id, name or word."""

    trouble: Trouble
    where: str
    subject: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        subject = f" {self.subject}:" if self.subject else ""
        return f"{self.where}:{subject} {self.trouble}: {self.problem}; {self.remedy}"


class CatalogueError(IvrServiceError):
    """A catalogue cannot be used. `findings` has every reason, in the order of the file."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))
