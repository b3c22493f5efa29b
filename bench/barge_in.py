"""How soon a prompt stops when the caller speaks or presses a key, on real calls, against a plain dialplan.

From the first frame that can be heard of a recorded number, or the first packet of a key (which is held for
80 ms), to the last frame of the prompt that can be heard at the caller's telephone. The peer is a key during
the prompt of Asterisk's own Read. Needs var/asterisk/22, which tests/asterisk/fetch-asterisk makes.

    python -m bench.barge_in
"""

import statistics
import sys
from collections.abc import Callable

from tests.asterisk.kit.barge_in import stopped_after_ms, without_edge
from tests.asterisk.kit.call import SipCall
from tests.asterisk.kit.pbx import Office
from tests.asterisk.kit.running_office import running_office
from tests.asterisk.kit.service import wait_until
from tests.asterisk.kit.site import OPEN_MAILBOXES
from tests.asterisk.kit.sound import read_wav
from tests.asterisk.kit.tree import PROJECT, VERSIONS, tree

ROUNDS = 12
MOST_MS_BY_VOICE = 700.0
MOST_MORE_MS_BY_KEY = 50.0

_RECORDINGS = PROJECT / "tests/fixtures/speech"
_HELD_S = 0.08


def main() -> int:
    """Measure on each version that is there, print the figures; 0 when they are within the aims."""
    versions = [version for version in VERSIONS if tree(version).is_complete]
    if not versions:
        print("there is no Asterisk to measure with; run tests/asterisk/fetch-asterisk first")
        return 1
    return max([_measure_on(version) for version in versions])


def _measure_on(version: str) -> int:
    with running_office(version) as office:
        plain = [_one(office, mailbox, _plain_prompt, _key) for mailbox in OPEN_MAILBOXES[:ROUNDS]]
        keys = [_one(office, mailbox, _question, _key) for mailbox in OPEN_MAILBOXES[:ROUNDS]]
        voices = [_one(office, mailbox, _question, _voice) for mailbox in OPEN_MAILBOXES[:ROUNDS]]
    more = statistics.median(keys) - statistics.median(plain)
    print(f"Asterisk {version}, a key in a plain dialplan: {_summary(plain)}")
    print(f"Asterisk {version}, a key here:                {_summary(keys)}")
    print(f"Asterisk {version}, a voice here:              {_summary(voices)}")
    print(
        f"a key takes {more:.0f} ms more than in a plain dialplan (aim: under {MOST_MORE_MS_BY_KEY:.0f} ms)"
    )
    print(f"a voice takes {statistics.median(voices):.0f} ms (aim: under {MOST_MS_BY_VOICE:.0f} ms)")
    return 0 if more < MOST_MORE_MS_BY_KEY and statistics.median(voices) < MOST_MS_BY_VOICE else 1


def _one(
    office: Office,
    mailbox: str,
    prompt: Callable[[Office, str], SipCall],
    interrupt: Callable[[SipCall, str], float],
) -> float:
    call = prompt(office, mailbox)
    took_ms = stopped_after_ms(call, interrupt(call, mailbox))
    call.hang_up()
    office.reset()
    office.server.wait_until_idle()
    return took_ms


def _plain_prompt(office: Office, mailbox: str) -> SipCall:
    call = office.phone(mailbox).call("plain-prompt", office.server.address)
    assert call.answered.wait(5)
    call.wait_for_sound()
    return call


def _question(office: Office, mailbox: str) -> SipCall:
    """Come to the beginning of the question for a number."""
    call = office.enter(mailbox, "dialout", "0#")
    call.wait_for_sound()
    call.press("1")
    call.wait_for_quiet(0.1)
    call.wait_for_sound()
    return call


def _key(call: SipCall, _: str) -> float:
    call.press("4", length_s=_HELD_S)
    return call.stream.key_begins[-1]


def _voice(call: SipCall, mailbox: str) -> float:
    files = sorted(_RECORDINGS.glob("held_out/string-??????????-*.wav"))
    call.begin_to_say(without_edge(read_wav(files[int(mailbox) % len(files)])))
    wait_until(lambda: bool(call.stream.speech_begins), "the caller speaks")
    return call.stream.speech_begins[-1]


def _summary(times_ms: list[float]) -> str:
    return (
        f"median {statistics.median(times_ms):.0f} ms, from {min(times_ms):.0f} to {max(times_ms):.0f} ms, "
        f"{len(times_ms)} calls"
    )


if __name__ == "__main__":
    sys.exit(main())
