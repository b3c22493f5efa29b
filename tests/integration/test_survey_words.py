"""What people say to a survey: the words of its questions, in voices that nobody trained on."""

from pathlib import Path

import pytest

from ivr_service.dialogue import menu, questions, survey, survey_questions
from ivr_service.dialogue.actions import SaveAnswer
from ivr_service.dialogue.state import CallFacts, CallState, Step
from ivr_service.dialogue.values import (
    CallKind,
    CallResult,
    OfferedSurvey,
    Offers,
    QuestionKind,
    SurveyAsked,
    SurveyQuestion,
    SurveyRule,
)
from ivr_service.speech.evaluation.caller import as_spoken, listen
from ivr_service.speech.evaluation.conditions import CONDITIONS
from ivr_service.speech.evaluation.labels import read_samples
from ivr_service.speech.evaluation.run import speech_ends_ms
from ivr_service.speech.recogniser import Recogniser
from ivr_service.speech.site_speech import engine_for

HELD_OUT = Path(__file__).parents[1] / "fixtures/speech/held_out"
MODEL = Path(__file__).parents[2] / "models/en-us-telephone"
CASES = [
    *(
        pytest.param(path, QuestionKind.ONE_TO_FIVE, path.name.split("-")[1], id=path.stem)
        for path in sorted(HELD_OUT.glob("digit-[1-5]-*.wav"))
    ),
    *(
        pytest.param(path, QuestionKind.YES_OR_NO, path.name.split("-")[1], id=path.stem)
        for word in ("yes", "no")
        for path in sorted(HELD_OUT.glob(f"word-{word}-*.wav"))
    ),
]


@pytest.fixture(scope="module")
def recogniser(tmp_path_factory: pytest.TempPathFactory) -> Recogniser:
    """Give a recogniser that listens for all that can be said in a call."""
    engine = engine_for(MODEL, tmp_path_factory.mktemp("graph"))
    engine.prepare((*menu.every_phrase(), *questions.EVERY_WORD, *survey_questions.EVERY_WORD), {})
    return engine.recogniser()


def survey_with(kind: QuestionKind) -> CallState:
    asked = (SurveyQuestion("q", kind, "How was it?"), SurveyQuestion("r", kind, "And this?"))
    offered = OfferedSurvey(SurveyRule.ALLOW, SurveyAsked.CALLED, asked, 60)
    facts = CallFacts(
        kind=CallKind.SURVEY,
        arrived_with="",
        language="en",
        pin_required=False,
        inside_only=False,
        caller_ids=(),
        slots=(),
        hears=True,
        offers=Offers(survey=offered),
        surveyed_grant="0" * 32,
    )
    return survey.begin_with_called(CallState(facts)).state


def answer_said(recogniser: Recogniser, state: CallState, path: Path) -> Step:
    """Say it into a telephone where the survey asks."""
    samples = read_samples(path)
    pcm = CONDITIONS["mu-law"].apply(samples, seed=len(samples))
    heard = listen(recogniser, questions.ask(state), pcm, speech_ends_ms(samples)).event
    return survey.answered(state, as_spoken(heard))


@pytest.mark.parametrize(("path", "kind", "answer"), CASES)
def test_an_answer_that_is_said_is_kept(
    recogniser: Recogniser, path: Path, kind: QuestionKind, answer: str
) -> None:
    step = answer_said(recogniser, survey_with(kind), path)
    assert [output.answer for output in step.outputs if isinstance(output, SaveAnswer)] == [answer]


@pytest.mark.parametrize("path", sorted(HELD_OUT.glob("word-stop-*.wav")), ids=lambda path: path.stem)
def test_whoever_says_stop_is_let_go(recogniser: Recogniser, path: Path) -> None:
    step = answer_said(recogniser, survey_with(QuestionKind.ONE_TO_FIVE), path)
    assert step.state.result is CallResult.HANG_UP
