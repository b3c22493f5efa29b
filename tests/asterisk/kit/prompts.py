"""The prompts of the tests' office: made once for all runs, then copied, so that no test waits for them."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from ivr_service.composition import Site, open_database, prepare_prompts
from ivr_service.dialogue.phrases import Phrase
from ivr_service.prompting.library import DEFAULT_LANGUAGE, PromptLibrary
from tests.asterisk.kit.sound import FRAME_SAMPLES, RATE_HZ, Samples, read_wav
from tests.asterisk.kit.tree import PROJECT

_KEPT = PROJECT / "var/asterisk/office"


def copy_prompts(config: Path, state: Path) -> None:
    """Put every prompt that this configuration needs into the state directory."""
    _KEPT.mkdir(parents=True, exist_ok=True)
    with _alone(_KEPT / "lock"):
        _take_over_from_make_run()
        site = Site(config, _KEPT)
        with closing(open_database(site)) as database:
            prepare_prompts(site, database)
        shutil.copytree(_KEPT / "prompts", state / "prompts")


def recordings(state: Path, phrase: Phrase, language: str = DEFAULT_LANGUAGE) -> list[Samples]:
    """Give what a phrase sounds like, part by part."""
    parts = PromptLibrary(state / "prompts").render((phrase,), language)
    return [read_wav(state / "prompts" / f"{part.sound}.wav") for part in parts]


def end_of(state: Path, phrase: Phrase, length_s: float = 1.0) -> Samples:
    """Give the last part of what a phrase sounds like: who has heard it has heard the phrase to its end.

    The last frame is left out: a phrase may end within one, and Asterisk sends only whole frames.
    """
    whole = np.concatenate(recordings(state, phrase))[:-FRAME_SAMPLES]
    return whole[-round(length_s * RATE_HZ) :]


def _take_over_from_make_run() -> None:
    """Start from the prompts that `make run` or `make test` made: most of them are the same."""
    made = PROJECT / "var/prompts"
    if made.is_dir() and not (_KEPT / "prompts").exists():
        shutil.copytree(made, _KEPT / "prompts")


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Let one test process at a time make prompts."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
