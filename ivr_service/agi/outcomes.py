"""How dials ended: read from the channel's variables, and told to the service."""

import re

from ivr_service.agi.channel import AgiChannel
from ivr_service.agi.service_client import Outcome, ServiceClient

ANNOUNCED = "IVR_ANNOUNCED"
"""The variable in which the dialplan notes when the called side had heard its announcement."""

_CALL_ID = r"[0-9a-f]{32}"
_GRANT_ID = r"[0-9a-f]{1,64}"
_DIAL_STATUS = r"[A-Z_]{1,32}"
_SECONDS_SINCE_1970 = r"[0-9]{1,11}"
_WHOLE_NUMBER = r"[0-9]{1,9}"


def read_outcome(channel: AgiChannel, grant_id: str, *, announces: bool) -> Outcome:
    """Return what the Dial application left in the channel's variables; they outlive the caller's hang-up.

    With `announces` the dial may have announced something to the called side first.
    """
    announced = channel.get_variable(ANNOUNCED) if announces else ""
    return Outcome(
        grant_id=grant_id,
        dial_status=matching(_DIAL_STATUS, channel.get_variable("DIALSTATUS")),
        answered_s=int(matching(_WHOLE_NUMBER, channel.get_variable("ANSWEREDTIME")) or 0),
        hangup_cause=int(matching(_WHOLE_NUMBER, channel.get_variable("HANGUPCAUSE")) or 0),
        announced_at=int(matching(_SECONDS_SINCE_1970, announced) or 0),
    )


def report_leg(channel: AgiChannel, client: ServiceClient) -> None:
    """Report how the dial of a leg ended. For the `h` extension of a leg: no media, only variables."""
    call_id = matching(_CALL_ID, channel.get_variable("IVR_CALL_ID"))
    grant_id = matching(_GRANT_ID, channel.get_variable("IVR_GRANT"))
    if call_id and grant_id:
        client.report_outcome(call_id, read_outcome(channel, grant_id, announces=True))


def report_killed_call(channel: AgiChannel, client: ServiceClient) -> None:
    """Report the call of a front end that died. For the `h` extension: no media, only variables."""
    call_id = matching(_CALL_ID, channel.get_variable("IVR_CALL_ID"))
    if not call_id:
        return
    grant_id = matching(_GRANT_ID, channel.get_variable("IVR_GRANT"))
    if grant_id:
        client.report_outcome(call_id, read_outcome(channel, grant_id, announces=True))
    client.post_turn(call_id, None, {"type": "hung_up"})
    channel.set_variable("IVR_REPORTED", "yes")


def matching(form: str, text: str) -> str:
    """Return the text if it has this form, and else nothing."""
    return text if re.fullmatch(form, text) else ""
