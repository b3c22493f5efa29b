"""How soon a prompt stops when the caller speaks or presses a key."""

from tests.asterisk.kit.call import SipCall
from tests.asterisk.kit.rtp import AUDIBLE_LEVEL
from tests.asterisk.kit.sound import FRAME_SAMPLES, Samples, level

SURELY_STOPPED_S = 0.8
"""Longer than any pause within a prompt."""


def without_edge(samples: Samples) -> Samples:
    """Cut off the silence before the first word."""
    starts = range(0, len(samples), FRAME_SAMPLES)
    first = next(at for at in starts if level(samples[at : at + FRAME_SAMPLES]) > AUDIBLE_LEVEL)
    return samples[first:]


def stopped_after_ms(call: SipCall, began: float) -> float:
    """Wait until the prompt is over, and give the time from `began` (monotonic) to its last audible frame.

    Nothing else may be played within SURELY_STOPPED_S.
    """
    call.wait_for_quiet(SURELY_STOPPED_S)
    last = call.stream.last_audible(began)
    return 0.0 if last is None else (last - began) * 1000
