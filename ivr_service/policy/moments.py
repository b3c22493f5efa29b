"""Local times as a caller hears them: ISO 8601 to the minute, without an offset ("2026-05-04T08:00")."""

from datetime import datetime, timedelta

_MINUTE = "%Y-%m-%dT%H:%M"


def local_minute(moment: datetime) -> str:
    """The minute that `moment` is in, in its own zone."""
    return moment.strftime(_MINUTE)


def next_local_minute(moment: datetime, zone_of: datetime) -> str:
    """The first whole minute that is not before `moment`, in the zone of `zone_of`.

    Rounded up, so that somebody who calls again at the minute they were told is not refused once more.
    """
    whole = moment.replace(second=0, microsecond=0)
    if whole < moment:
        whole += timedelta(minutes=1)
    return local_minute(whole.astimezone(zone_of.tzinfo))
