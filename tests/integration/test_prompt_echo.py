"""The real prompts, as a telephone sends them back, before the real recogniser."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ivr_service.dialogue import menu
from ivr_service.dialogue.actions import Ask
from ivr_service.speech.answers import SpokenAnswer
from ivr_service.speech.evaluation.caller import number_ask, phrase_ask
from ivr_service.speech.evaluation.labels import read_samples
from ivr_service.speech.recogniser import BYTES_PER_MS
from ivr_service.speech.site_model import SiteModel, embedded_model

PROJECT = Path(__file__).parents[2]
CHUNK = 100 * BYTES_PER_MS
TRIED = 40
"""Prompts, spread over all that there are; the figure for all is in docs/speech.md."""

QUESTIONS = [number_ask(), phrase_ask(menu.every_phrase())]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> SiteModel:
    model = SiteModel(embedded_model(), tmp_path_factory.mktemp("graphs"))
    model.prepare([phrase for question in QUESTIONS for phrase in question.words])
    return model


@pytest.fixture(scope="module")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Some of the project's own prompts: those of `make test` where they are, else made for this."""
    state = PROJECT / "var"
    if not (state / "prompts/manifest.json").exists():
        state = tmp_path_factory.mktemp("prompts")
        command = [sys.executable, "-m", "ivr_service", "prompts", "build", "--state", str(state)]
        subprocess.run(command, check=True, capture_output=True, timeout=90)
    every = sorted((state / "prompts/en").rglob("*.wav"))
    return every[:: max(1, len(every) // TRIED)]


def is_heard_in_echo(model: SiteModel, question: Ask, prompt: Path, below_db: float) -> bool:
    """Whether a word is heard while the prompt plays and comes back so much lower."""
    samples = read_samples(prompt).astype(np.float64) * 10 ** (-below_db / 20)
    pcm = samples.astype("<i2").tobytes()
    answer = SpokenAnswer(model.recogniser(), question)
    try:
        updates = (answer.feed(pcm[start : start + CHUNK]) for start in range(0, len(pcm), CHUNK))
        return any(update.speech_began or update.is_over for update in updates)
    finally:
        answer.close()


@pytest.mark.parametrize("question", QUESTIONS, ids=["number", "menu"])
def test_the_echo_of_a_prompt_20_db_below_it_is_never_taken_for_a_word(
    model: SiteModel, prompts: list[Path], question: Ask
) -> None:
    assert len(prompts) >= TRIED
    assert [path.name for path in prompts if is_heard_in_echo(model, question, path, 20.0)] == []


def test_a_prompt_that_comes_back_as_loud_as_it_was_would_be_taken_for_words(
    model: SiteModel, prompts: list[Path]
) -> None:
    """Without a gate the prompts are speech to the recogniser like any other."""
    heard = [path for path in prompts[:10] if is_heard_in_echo(model, QUESTIONS[0], path, 0.0)]
    assert len(heard) > 5
