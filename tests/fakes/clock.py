"""A clock that stands still until it is told to move."""

from datetime import UTC, datetime, timedelta


class FakeClock:
    """Starts on a Monday at 15:05 in New York."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 4, 19, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)
