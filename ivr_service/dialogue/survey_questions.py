"""What is asked in a survey, and what answers it: keys, and words for each of them. Pure."""

from ivr_service.dialogue.actions import Ask
from ivr_service.dialogue.phrases import Phrase, Prompt, SpokenName
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.state import CallState
from ivr_service.dialogue.values import InvalidValueError, OfferedSurvey, QuestionKind, SurveyQuestion

SKIP_WORD = "skip"
STOP_WORD = "stop"
_FIVE_WORDS = ("one", "two", "three", "four", "five")
_YES_OR_NO_WORDS = ("yes", "no")

EVERY_WORD = (*_FIVE_WORDS, *_YES_OR_NO_WORDS, SKIP_WORD, STOP_WORD)
"""The words that are understood in surveys."""

_ANSWER_MS = 6000
_FIVE_ANSWERS = {
    **{key: key for key in "12345"},
    **{word: key for key, word in zip("12345", _FIVE_WORDS, strict=True)},
}
_YES_OR_NO_ANSWERS = {"1": "yes", "2": "no", "yes": "yes", "no": "no"}


def survey_of(state: CallState) -> OfferedSurvey:
    """The survey that is going on. Raises InvalidValueError where there is none."""
    if state.facts.offers.survey is None:
        raise InvalidValueError("there is no survey")
    return state.facts.offers.survey


def question_of(state: CallState) -> SurveyQuestion:
    """The question that is asked now."""
    return survey_of(state).questions[state.survey_at]


def answers(state: CallState) -> dict[str, str]:
    """The keys and words that answer the question that is asked now, each with the answer that is kept."""
    is_yes_or_no = question_of(state).kind is QuestionKind.YES_OR_NO
    return _YES_OR_NO_ANSWERS if is_yes_or_no else _FIVE_ANSWERS


def ask_survey(state: CallState, lead: tuple[Phrase, ...]) -> Ask:
    """Ask the question, with `lead` said before it."""
    question = question_of(state)
    is_yes_or_no = question.kind is QuestionKind.YES_OR_NO
    keys = PromptId.SURVEY_YES_OR_NO if is_yes_or_no else PromptId.SURVEY_ONE_TO_FIVE
    return Ask(
        phrases=(*lead, SpokenName(question.text), Prompt(keys)),
        max_digits=1,
        first_digit_timeout_ms=_ANSWER_MS,
        words=(*(_YES_OR_NO_WORDS if is_yes_or_no else _FIVE_WORDS), SKIP_WORD, STOP_WORD),
        heed_lead=bool(lead),
    )
