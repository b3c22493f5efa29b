"""Somebody calls in: ask the service whether they are blocked, and tell the dialplan in a variable.

A call must never be lost to this. Whatever goes wrong leaves the variable as the dialplan has set it, which
is empty, and the call comes in.
"""

import signal

from ivr_service.agi.channel import AgiChannel
from ivr_service.agi.service_client import CallerQuestion, ServiceClient, Timing

IS_BLOCKED = "IVR_BLOCKED"
"""The variable: "yes" or "no", or empty when nobody knows."""

IMPATIENT = Timing(connect_s=0.3, attempt_s=0.6)
"""The caller hears nothing meanwhile, not even ringing."""

_ALL_IN_ALL_S = 0.9


def end_in_time() -> None:
    """Have the kernel end this process if it takes too long, whatever holds it up."""
    signal.setitimer(signal.ITIMER_REAL, _ALL_IN_ALL_S)


def check_caller(channel: AgiChannel, client: ServiceClient, environment: dict[str, str]) -> None:
    """Ask and tell. Raises what the channel and the client raise; then nothing was told."""
    number = environment.get("agi_callerid", "")
    caller = CallerQuestion(
        number="" if number == "unknown" else number,
        mailbox=channel.get_variable("IVR_MAILBOX"),
        context=channel.get_variable("IVR_CONTEXT"),
    )
    channel.set_variable(IS_BLOCKED, "yes" if client.is_blocked(caller) else "no")
