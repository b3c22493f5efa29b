"""A stream of keys, answering questions as a caller does who knows the way."""

import re
from dataclasses import dataclass

from ivr_service.dialogue.events import EndedBy
from ivr_service.errors import IvrServiceError
from ivr_service.service.messages import AskAction, HungUpEvent, KeysEvent

SILENCE_MARK = ","
_STREAM = re.compile(r"[0-9*#,]*")


class KeysError(IvrServiceError):
    """The keys to press are none a telephone has."""


@dataclass
class KeyStream:
    """Keys that are pressed one after the other; a comma is a time in which nothing is pressed.

    When it has run out the caller hangs up. Raises KeysError for anything but 0-9 * # and commas.
    """

    left: str

    def __post_init__(self) -> None:
        if not _STREAM.fullmatch(self.left):
            raise KeysError(f'"{self.left}" holds keys that no telephone has; use 0-9 * # and , for silence')

    def answer(self, question: AskAction) -> KeysEvent | HungUpEvent:
        """Press as many keys as this question takes."""
        if not self.left:
            return HungUpEvent()
        keys = ""
        while len(keys) < question.max_digits:
            key, self.left = self.left[:1], self.left[1:]
            if key in ("", SILENCE_MARK):
                return KeysEvent(keys=keys, ended_by=EndedBy.TIMEOUT)
            if key == question.terminator:
                return KeysEvent(keys=keys, ended_by=EndedBy.TERMINATOR)
            keys += key
            if keys in question.stop_keys:
                break
        return KeysEvent(keys=keys, ended_by=EndedBy.FULL)
