"""Who is in which set. A speaker is in one set only, and the rule needs no list."""

import hashlib
from enum import Enum

# One of the three speakers of the Free Spoken Digit Dataset is never trained on.
HELD_OUT_DIGIT_SPEAKER = "fsdd_yweweler"
_TEST_PERCENT = 20
_TUNING_PERCENT = 10


class Split(Enum):
    """What the recordings of a speaker are for."""

    TRAIN = "train"
    TUNING = "tuning"
    TEST = "test"


def split_of(speaker: str) -> Split:
    """Return the set of a speaker: 20 % test and 10 % tuning by the SHA-256 of the name, the rest training.

    The speakers of the Free Spoken Digit Dataset ("fsdd_") are few, so they are placed by hand.
    """
    if speaker.startswith("fsdd_"):
        return Split.TEST if speaker == HELD_OUT_DIGIT_SPEAKER else Split.TRAIN
    percent = int.from_bytes(hashlib.sha256(speaker.encode()).digest()[:4], "big") % 100
    if percent < _TEST_PERCENT:
        return Split.TEST
    return Split.TUNING if percent < _TEST_PERCENT + _TUNING_PERCENT else Split.TRAIN
