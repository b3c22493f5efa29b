"""How single keys become one answer. Pure: no clock, no channel."""

from ivr_service.agi.actions import KEYS, Ask

TERMINATOR = "terminator"
FULL = "full"
TIMEOUT = "timeout"


class KeyEntry:
    """The answer to one question while it is being keyed. `ended_by` is None until it is complete."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.keys = ""
        self.ended_by: str | None = None

    @property
    def has_begun(self) -> bool:
        """Whether any key has counted, so that the prompts are no longer wanted."""
        return bool(self.keys) or self.ended_by is not None

    @property
    def timeout_ms(self) -> int:
        """How long to wait for the next key."""
        return self._ask.inter_digit_timeout_ms if self.keys else self._ask.first_digit_timeout_ms

    def press(self, key: str) -> None:
        """Take the next key. The tones A to D, which telephones do not have, are ignored."""
        if len(key) != 1 or key not in KEYS:
            return
        if key == self._ask.terminator:
            self.ended_by = TERMINATOR
            return
        stops = not self.keys and key in self._ask.stop_keys
        self.keys += key
        if stops or len(self.keys) >= self._ask.max_digits:
            self.ended_by = FULL

    def time_out(self) -> None:
        """No further key came."""
        self.ended_by = TIMEOUT
