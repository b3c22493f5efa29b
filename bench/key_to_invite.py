"""From the last key to the INVITE at the trunk on a real Asterisk 22, against a plain Dial in the dialplan.

Needs var/asterisk/22, which tests/asterisk/fetch-asterisk makes. The time begins with the first packet that
says the key was released (RFC 4733), and ends when the trunk has the INVITE.
"""

import statistics

from tests.asterisk.kit.call import SipCall
from tests.asterisk.kit.pbx import Office
from tests.asterisk.kit.phone import NeverAnswers
from tests.asterisk.kit.running_office import running_office
from tests.asterisk.kit.site import OPEN_MAILBOXES
from tests.asterisk.kit.tree import tree

ROUNDS = 20
MOST_MORE_MS = 150.0


def main() -> int:
    """Measure both in turn, print the medians and the difference; 0 when it is within the aim."""
    if not tree("22").is_complete:
        print("there is no Asterisk to measure with; run tests/asterisk/fetch-asterisk first")
        return 1
    with running_office("22") as office:
        plain, ours = _measure(office)
    more = statistics.median(ours) - statistics.median(plain)
    print(f"plain dialplan: {_summary(plain)}")
    print(f"this service:   {_summary(ours)}")
    print(f"difference of the medians: {more:.1f} ms (aim: under {MOST_MORE_MS:.0f} ms)")
    return 0 if more < MOST_MORE_MS else 1


def _measure(office: Office) -> tuple[list[float], list[float]]:
    """Make one plain and one guarded call after the other, so that both meet the same machine."""
    plain: list[float] = []
    ours: list[float] = []
    for mailbox in OPEN_MAILBOXES[:ROUNDS]:
        plain.append(_key_to_invite_ms(office, _plain_call(office, mailbox)))
        ours.append(_key_to_invite_ms(office, _call_in_menu(office, mailbox)))
    return plain, ours


def _plain_call(office: Office, mailbox: str) -> SipCall:
    call = office.phone(mailbox).call("plain", office.server.address)
    assert call.answered.wait(5)
    office.server.wait_for_application("Read")
    return call


def _call_in_menu(office: Office, mailbox: str) -> SipCall:
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_for_sound()
    return call


def _key_to_invite_ms(office: Office, call: SipCall) -> float:
    office.trunk.behaviour = NeverAnswers()
    call.press("1")
    office.trunk.wait_for_call()
    elapsed = office.trunk.invites[0].at - call.stream.key_ends[-1]
    office.reset()
    office.server.wait_until_idle()
    return elapsed * 1000


def _summary(times_ms: list[float]) -> str:
    slowest = max(times_ms)
    return f"median {statistics.median(times_ms):.1f} ms, slowest {slowest:.1f} ms, {len(times_ms)} calls"
