"""FreePBX's list of callers it keeps out: the family `blacklist` of Asterisk's own database."""

from ivr_service.agi.actions import SetBlacklist
from ivr_service.agi.channel import AgiChannel, CommandRefusedError

_FAMILY = "blacklist"
_BLACKLISTED = "1"


def set_blacklist(channel: AgiChannel, wanted: SetBlacklist) -> None:
    """Put the number in, or take it out. Raises CommandRefusedError when Asterisk cannot keep it."""
    if not wanted.blocked:
        channel.delete_from_database(_FAMILY, wanted.number)
    elif not channel.put_in_database(_FAMILY, wanted.number, _BLACKLISTED):
        raise CommandRefusedError("Asterisk's database could not be written")
