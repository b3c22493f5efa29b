"""A survey after a call: of whoever was called, in a call of its own, or of the user. Pure.

Nobody is held here: silence or a wrong key is asked about once more, and then comes the next question; pound
leaves a question out, and star ends it.
"""

from dataclasses import replace

from ivr_service.dialogue import hearing, menu, moves, questions, survey_questions
from ivr_service.dialogue.actions import Play, Record, SaveAnswer
from ivr_service.dialogue.events import HeardPhrase, Keys, Recorded, Spoken, Words
from ivr_service.dialogue.phrases import Phrase, Prompt, SpokenName
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.state import CallState, Place, Step
from ivr_service.dialogue.values import (
    CallKind,
    CallResult,
    QuestionKind,
    SurveyAsked,
    SurveyQuestion,
)

SILENCE_S = 4
"""A comment is over after so long without a word."""

_TRIES = 2


def begin_with_called(state: CallState) -> Step:
    """Ask whoever was called. Without a dial that it belongs to, there is nothing to ask."""
    if state.facts.surveyed_grant is None or state.facts.offers.survey is None:
        return moves.end(state, CallResult.HANG_UP)
    return _question(state, 0, Prompt(PromptId.SURVEY_INTRODUCTION))


def is_due(state: CallState) -> bool:
    """Whether the user wanted to be asked at the end of the call that is over now."""
    return state.options.survey and menu.may_answer_survey(state)


def begin_with_user(state: CallState) -> Step:
    """Ask the user."""
    return _question(state, 0, Prompt(PromptId.SURVEY_INTRODUCTION))


def answered(state: CallState, event: Keys | Words | Spoken) -> Step:
    """Take an answer, leave the question out, or end."""
    match _said(state, event):
        case questions.BACK_KEY | survey_questions.STOP_WORD:
            return _end(state)
        case questions.TERMINATOR | survey_questions.SKIP_WORD:
            return _next(state)
        case said:
            answer = survey_questions.answers(state).get(said)
            return _missed(state) if answer is None else _answer_kept(state, answer)


def commented(state: CallState, event: Recorded) -> Step:
    """Keep what was recorded, if anything was. A star ends the survey; any other key, only the comment.

    Whoever speaks into a full disk is told so.
    """
    effects = () if event.voice is None else (_saved(state, "", event.voice),)
    lead = (Prompt(PromptId.SURVEY_NOT_RECORDED),) if event.has_failed else ()
    is_over = event.key == questions.BACK_KEY
    return moves.with_effects(_end(state, *lead) if is_over else _next(state, *lead), *effects)


def _said(state: CallState, event: Keys | Words | Spoken) -> str:
    """The key or the phrase; empty when nothing was understood for certain."""
    match event:
        case Keys(keys):
            return keys
        case Words(phrase):
            return phrase
        case Spoken(heard):
            judged = hearing.judge(heard, state.rejected)
            return judged.phrase if isinstance(judged, HeardPhrase) else ""


def _answer_kept(state: CallState, answer: str) -> Step:
    return moves.with_effects(_next(state), _saved(state, answer))


def _missed(state: CallState) -> Step:
    if state.misses + 1 >= _TRIES:
        return _next(state)
    return moves.ask(replace(state, misses=state.misses + 1), Prompt(PromptId.SURVEY_ONCE_MORE))


def _saved(state: CallState, answer: str, voice: str | None = None) -> SaveAnswer:
    question = survey_questions.question_of(state)
    is_called = state.facts.kind is CallKind.SURVEY
    return SaveAnswer(
        grant_id=(state.facts.surveyed_grant if is_called else state.grant_id) or "",
        asked=SurveyAsked.CALLED if is_called else SurveyAsked.USER,
        question=question.id,
        kind=question.kind,
        answer=answer,
        voice=voice,
    )


def _next(state: CallState, *lead: Phrase) -> Step:
    following = state.survey_at + 1
    if following >= len(survey_questions.survey_of(state).questions):
        return _end(state, *lead)
    return _question(state, following, *lead)


def _question(state: CallState, position: int, *lead: Phrase) -> Step:
    question = survey_questions.survey_of(state).questions[position]
    state = replace(state, survey_at=position)
    if question.kind is QuestionKind.COMMENT:
        return _comment(state, question, *lead)
    return moves.go(state, Place.SURVEY_QUESTION, *lead)


def _comment(state: CallState, question: SurveyQuestion, *lead: Phrase) -> Step:
    said = Play((*lead, SpokenName(question.text), Prompt(PromptId.SURVEY_COMMENT)))
    record = Record(survey_questions.survey_of(state).comment_s, SILENCE_S)
    return Step(
        replace(moves.without_hearing(state), place=Place.SURVEY_COMMENT, misses=0, page=0), (said, record)
    )


def _end(state: CallState, *lead: Phrase) -> Step:
    said = (*lead, Prompt(PromptId.SURVEY_THANKS))
    if state.facts.kind is CallKind.SURVEY:
        return moves.say_and_end(state, CallResult.HANG_UP, *said, Prompt(PromptId.GOODBYE))
    return moves.say_and_end(state, CallResult.MAILBOX, *said, Prompt(PromptId.BACK_TO_MESSAGES))
