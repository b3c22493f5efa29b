"""Calls with more than two sides: Asterisk's ConfBridge, and a leg of its own for everybody who is rung.

A leg is a Local channel (app_originate.c). Its far half runs [ivr-leg] of the dialplan, which dials as
granted and reports how that ended; its near half goes on only once the leg was answered and has heard its
announcement: into the conference, or to listen. All that is handed over was checked in the service's reply.
"""

import re

from ivr_service.agi.actions import ActionError, Leg
from ivr_service.agi.channel import AgiChannel

_JOINS = "ivr-joined"
_LISTENS = "ivr-listening"
_KEEPER = "Local/s@ivr-keeper/n,app,Wait,86400,,1"
_CHANNEL_NAME = r"[A-Za-z0-9]+/[A-Za-z0-9@._+;/-]{1,80}"
_UNFIT_FOR_A_LIST = re.compile(r"[,()^]")

_LEADER = (
    ("CONFBRIDGE(user,admin)", "yes"),
    ("CONFBRIDGE(user,marked)", "yes"),
    ("CONFBRIDGE(user,announce_only_user)", "no"),
    ("CONFBRIDGE(user,music_on_hold_when_empty)", "yes"),
    ("CONFBRIDGE(menu,*1)", "toggle_mute"),
    ("CONFBRIDGE(menu,*2)", "admin_kick_last"),
    ("CONFBRIDGE(menu,*3)", "leave_conference"),
)
"""The caller leads: *1 mutes them, *2 sends off whoever came last, *3 ends the conference for all."""


class Conference:
    """Rings legs for one caller. `call_id` names the conference."""

    def __init__(self, channel: AgiChannel, call_id: str, prompts: str, channel_name: str) -> None:
        self._channel = channel
        self._call_id = call_id
        self._prompts = prompts
        self._channel_name = channel_name
        self._legs: list[str] = []

    def ring(self, leg: Leg) -> None:
        """Ring somebody who joins the conference when they answer."""
        self._legs.append(leg.grant_id)
        self._originate(leg, _JOINS, [("IVR_ROOM", self._call_id)])

    def ring_listener(self, leg: Leg) -> None:
        """Ring somebody who listens when they answer, and whom only the caller hears."""
        if not re.fullmatch(_CHANNEL_NAME, self._channel_name):
            raise ActionError("the caller's channel has a name that cannot be handed on")
        self._originate(leg, _LISTENS, [("IVR_SPIED", self._channel_name)])

    def run(self, longest_s: int) -> None:
        """Let the caller and the legs talk, until the caller or the last of the others leaves."""
        for name, value in _LEADER:
            self._channel.set_variable(name, value)
        watched = [("IVR_ROOM", self._call_id), ("IVR_LEGS", "&".join(self._legs))]
        self._channel.originate(f"{_KEEPER},a{_variables(watched)}")
        self._channel.confer(self._call_id, longest_s=longest_s)

    def _originate(self, leg: Leg, context: str, variables: list[tuple[str, str]]) -> None:
        sound = "" if leg.announcement is None else f"{self._prompts}/{leg.announcement.sound}"
        handed_over = [
            *variables,
            ("IVR_CALL_ID", self._call_id),
            ("IVR_GRANT", leg.grant_id),
            ("IVR_LEG_DIAL", leg.dial_string),
            ("IVR_LEG_RING", str(leg.ring_s)),
            ("IVR_LEG_LENGTH", str(leg.max_length_s)),
            ("IVR_LEG_SOUND", sound),
            ("IVR_LEG_NUMBER", leg.caller_id),
            ("IVR_LEG_NAME", leg.caller_id_name),
        ]
        self._channel.originate(
            f"Local/{leg.grant_id}@ivr-leg/n,exten,{context},s,1,{leg.ring_s + 30},a{_variables(handed_over)}"
        )


def _variables(pairs: list[tuple[str, str]]) -> str:
    """Return the option v of Originate. Raises ActionError for a value that would end its list."""
    if any(_UNFIT_FOR_A_LIST.search(value) for _, value in pairs):
        raise ActionError("a leg has a value that cannot be handed on")
    return "v(" + "^".join(f"{name}={value}" for name, value in pairs) + ")"
