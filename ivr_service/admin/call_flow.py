"""Writes docs/call-flow.md from the menu table, the questions, the catalogue and the machine itself.

python -m ivr_service.admin.call_flow > docs/call-flow.md
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import assert_never

from ivr_service.admin.call_walk import (
    EXAMPLE_DESTINATION,
    EXAMPLE_DOUBT,
    EXAMPLE_FACTS,
    EXAMPLE_KNOWN,
    EXAMPLE_SAID,
    EXAMPLE_SLOT,
    EXAMPLE_SLOTS,
    Node,
    Ways,
    routes,
    tries,
)
from ivr_service.dialogue import menu, questions, speed_dial_names
from ivr_service.dialogue.actions import Ask
from ivr_service.dialogue.events import EndedBy, Keys
from ivr_service.dialogue.machine import step
from ivr_service.dialogue.menu import Choice, MenuAction
from ivr_service.dialogue.phrases import (
    Phrase,
    Prompt,
    PromptInLanguage,
    SpokenCount,
    SpokenKeys,
    SpokenMoment,
    SpokenName,
    SpokenNumber,
    SpokenRecording,
)
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.state import ASKING, CallState, Place
from ivr_service.dialogue.values import CallResult, LastChoice, NumberPart, RefusalReason
from ivr_service.prompting.catalogue import load_catalogue, shipped_catalogue

_INTRODUCTION = """\
# Call flow

Where a call can be, what the caller hears there, and what each key does. This page is written by
`python -m ivr_service.admin.call_flow` from the menu table (`ivr_service/dialogue/menu.py`), the questions
and the English catalogue. The map is found by walking the machine.

Four rules hold everywhere, and are not drawn:

- A key stops the prompt at once and counts. Only an error or a refusal is heard first: keys pressed before it
  do not answer it.
- A wrong key, words that are not understood, and silence ask the same again, with what went wrong in front.
- When the tries at a place are used up (see Questions), the call ends with a goodbye.
- Who hangs up has ended the call, wherever it is.

In the map, "understood" is an entry that may be dialled, or the code that opens the menu without a number.
"Emergency" is also a service code such as 211: such a number meets no PIN and no menu.
"""

TITLES: dict[Node, str] = {
    Place.STARTING: "The call arrives",
    Place.ASKING_PIN: "PIN",
    Place.MAIN_MENU: "Main menu",
    Place.CALL_OPTIONS: "Call options",
    Place.CHOOSING_DISCLAIMER: "Choosing a disclaimer",
    Place.CHOOSING_LISTENER: "Choosing a listener",
    Place.PEOPLE: "More people",
    Place.MORE_CHOICES: "More choices",
    Place.CONFIRMING_CALL: "Before a doubtful call",
    Place.CONFIRMING_BLOCK: "Blocking a number",
    Place.BLOCKED: "Blocked",
    Place.SAVING_SLOT: "Saving in a slot",
    Place.REPLACING_SLOT: "Replacing a speed dial",
    Place.RECORDING_NAME: "Recording a name",
    Place.CHECKING_NAME: "Keeping the name",
    Place.OWN_SPEED_DIALS: "Own speed dials",
    Place.DELETING_SLOT: "Deleting a speed dial",
    Place.ENTERING_NUMBER: "Entering a number",
    Place.CHOOSING_SPEED_DIAL: "Speed dials",
    Place.CHOOSING_CALLER_ID: "Caller ID",
    Place.ENTERING_REST: "The rest of a number",
    Place.CONFIRMING_NUMBER: "Confirming what was said",
    Place.CORRECTING_NUMBER: "Correcting one part",
    Place.CHOOSING_HEARD: "Choosing what was said",
    Place.DIALLING: "Dialling",
    Place.AFTER_CALL: "After the call",
    Place.SURVEY_QUESTION: "A question of the survey",
    Place.SURVEY_COMMENT: "A comment in the survey",
    CallResult.MAILBOX: "Back to the messages",
    CallResult.HANG_UP: "The call ends",
}
"""What each place, and each end, is called on the page."""

OFFERED = {
    "_always": "always",
    "_has_number": "a number is chosen",
    "_has_no_number": "no number is chosen",
    "_has_slots": "the mailbox has speed dials",
    "_may_choose_caller_id": "there are two or more, and the number is no extension",
    "_may_choose_options": "there are any, and the number is no extension",
    "_may_record": "the mailbox may record, and this call is not to be",
    "_may_stop_recording": "this call is to be recorded because the caller said so",
    "_may_choose_disclaimer": "there are disclaimers, and none is chosen",
    "_has_disclaimer": "a disclaimer is chosen",
    "_may_survey": "the mailbox may have a survey, and this call is to have none",
    "_may_leave_out_survey": "this call is to have a survey because the caller said so",
    "_may_choose_listener": "there are colleagues who may listen, and none is chosen",
    "_has_listener": "a listener is chosen",
    "_may_have_people": "the mailbox may bring people in",
    "_may_add_person": "there is room for one more",
    "_may_add_speed_dial": "there is room for one more, and the mailbox has speed dials",
    "_has_people": "somebody was added",
    "_has_unusual_options": "something was changed",
    "_may_block": "callers may block numbers, and the number is outside the building",
    "_may_block_after_call": "as with the number before the call, unless it is blocked already",
    "is_told_about": "the site tells about numbers, and this one is outside the building",
    "_may_save": "the mailbox may save numbers",
    "_has_own_slots": "the mailbox may save numbers, and has speed dials of its own",
    "_has_other_own_slots": "there are more of them",
    "_has_name": "something was heard",
    "_may_call_again": "the call was answered",
    "_has_more_choices": "there are any",
    "_has_other_language": "the mailbox has another language",
    "may_answer_survey": "the call was answered, and the user is the one to be asked",
    "_has_parts": "ten digits were said",
    "_may_try_again": "the dial failed, or what refused it may soon be gone",
}
"""What the conditions of the menu table mean, by the names they have there."""


def call_flow() -> str:
    """The whole page."""
    texts = _Texts()
    sections = [_INTRODUCTION, _map(), _questions(), _menus(texts), _entries(texts), _problems(texts)]
    return "\n".join(sections)


class _Texts:
    """What is heard, as English text; what differs from call to call is in brackets.

    The other language is offered in its own words.
    """

    def __init__(self) -> None:
        entries = load_catalogue(shipped_catalogue("en")).entries.values()
        other = load_catalogue(shipped_catalogue("es")).entries[PromptId.MENU_LANGUAGE]
        self._texts = {entry.id: entry.text for entry in entries} | {other.id: other.text}

    def of(self, prompt: PromptId) -> str:
        return self._texts[prompt]

    def said(self, phrases: Iterable[Phrase]) -> str:
        return " ".join(map(self._said, phrases))

    def _said(self, phrase: Phrase) -> str:
        match phrase:
            case Prompt(prompt) | PromptInLanguage(prompt):
                return self.of(prompt)
            case SpokenName(name):
                return f"[{name}]"
            case SpokenNumber(groups):
                return f"[{', '.join(groups)}]"
            case SpokenKeys(keys):
                return f"[{keys}]"
            case SpokenCount(count):
                return f"[{count}]"
            case SpokenRecording():
                return "[what was recorded]"
            case SpokenMoment():
                return "[a time]"
            case _:
                assert_never(phrase)


# --- the map


def _map() -> str:
    ways = routes()
    first = {way: labels for way, labels in ways.items() if way[0] in _BEGINNING}
    rest = {way: labels for way, labels in ways.items() if way[0] not in _BEGINNING}
    arriving, later = _chart(first), _chart(rest)
    return f"## Map\n\nFrom the first moment to the menu:\n\n{arriving}\nFrom there on:\n\n{later}"


_BEGINNING = (Place.STARTING, Place.ASKING_PIN)


_SPACING = '%%{init: {"flowchart": {"nodeSpacing": 60, "rankSpacing": 120}}}%%'


def _chart(ways: Ways) -> str:
    drawn = "\n".join((*_nodes(ways), *_edges(ways)))
    return f"```mermaid\n{_SPACING}\nflowchart LR\n{drawn}\n```\n"


def _nodes(ways: Ways) -> Iterator[str]:
    used = {node for way in ways for node in way}
    for node, title in TITLES.items():
        if node not in used:
            continue
        if node in ASKING:
            yield f'    {_id(node)}["{title}"]'
        else:
            yield f'    {_id(node)}(["{title}"])'


def _edges(ways: Ways) -> Iterator[str]:
    for (start, end), labels in ways.items():
        yield f'    {_id(start)} -->|"{"<br>".join(labels)}"| {_id(end)}'


def _id(node: Node) -> str:
    return f"to_{node.value}" if isinstance(node, CallResult) else node.value


# --- what is asked


def example_state(place: Place) -> CallState:
    """A call at this place, with a number and a caller ID chosen and everything offered."""
    state = CallState(EXAMPLE_FACTS, place=place, caller_id=EXAMPLE_FACTS.caller_ids[0].id, authorised=True)
    state = replace(state, own_slots=EXAMPLE_SLOTS)
    state = replace(state, slot=EXAMPLE_SLOT.slot, voice="0")
    state = replace(state, part=NumberPart.AREA_CODE, doubt=EXAMPLE_DOUBT, doubt_at=Place.ENTERING_NUMBER)
    if place in (Place.CONFIRMING_NUMBER, Place.CORRECTING_NUMBER):
        return replace(state, said=EXAMPLE_SAID)
    if place is Place.CONFIRMING_CALL:
        state = replace(state, known=EXAMPLE_KNOWN)
    return replace(state, destination=EXAMPLE_DESTINATION)


def _questions() -> str:
    rows = [
        "## Questions\n",
        "| place | tries | keys | ends with | time for the first key | time between keys |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join((*rows, *map(_question, ASKING))) + "\n"


def _question(place: Place) -> str:
    state = example_state(place)
    ask = questions.ask(state)
    keys = "1" if ask.max_digits == 1 else f"up to {ask.max_digits}"
    end = f"`{ask.terminator}`" if ask.terminator else "the key"
    cells = (TITLES[place], str(tries(state)), keys, end)
    times = (_seconds(ask.first_digit_timeout_ms), _seconds(ask.inter_digit_timeout_ms))
    return f"| {' | '.join((*cells, *(times if ask.max_digits > 1 else (times[0], '-'))))} |"


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:g} s"


# --- the menus


def _menus(texts: _Texts) -> str:
    places = dict.fromkeys(row.place for row in menu.MENU)
    return "\n".join(_menu(place, texts) for place in places)


def _menu(place: Place, texts: _Texts) -> str:
    lines = [f"## {TITLES[place]}\n", *_heard(place, texts), ""]
    lines += ["| key | words | heard | offered when | does |", "|---|---|---|---|---|"]
    lines += [_choice(row, texts) for row in menu.MENU if row.place is place]
    if place in speed_dial_names.CALLED_FROM:
        lines.append(_BY_NAME)
    return "\n".join(lines) + "\n"


_BY_NAME = (
    f'| - | "{speed_dial_names.CALL_WORD}" and the name of a speed dial | - | {OFFERED["_has_slots"]} '
    f"| chooses it, as its slot does; → {TITLES[Place.MAIN_MENU]} |"
)


def _heard(place: Place, texts: _Texts) -> Iterator[str]:
    state = example_state(place)
    yield f"> {texts.said(questions.ask(state).phrases)}"
    if place is Place.MAIN_MENU:
        told = replace(state, known=EXAMPLE_KNOWN)
        yield "\nThe first time, with what is known about the number:\n"
        yield f"> {texts.said(questions.ask(told).phrases)}"
        same = replace(told.facts, last=LastChoice("main", told.options))
        yield "\nWhere a call begins like the mailbox's last one, which was not the usual:\n"
        yield f"> {texts.said(questions.ask(replace(state, facts=same)).phrases)}"
        yield "\nWithout a number:\n"
        yield f"> {texts.said(questions.ask(replace(state, destination=None)).phrases)}"
    yield "\nHelp:\n"
    yield f"> {texts.said(questions.help_phrases(state))}"


def _choice(row: Choice, texts: _Texts) -> str:
    words = ", ".join(row.words)
    offered = OFFERED[row.is_offered.__name__]
    return f"| `{row.key}` | {words} | {texts.of(row.prompt)} | {offered} | {_does(row)} |"


def _does(row: Choice) -> str:
    match row.action:
        case MenuAction.CALL_NOW:
            return "asks for the dial; every check is made now (a doubtful call is asked about first)"
        case MenuAction.CALL_ANYWAY:
            return "asks for the dial; every check is made now"
        case MenuAction.TELL_KNOWN:
            return "tells all that is known"
        case MenuAction.KEEP_NAME | MenuAction.WITHOUT_NAME:
            return f"saves it; → {TITLES[Place.MAIN_MENU]}"
        case MenuAction.ANSWER_SURVEY:
            return f"→ {TITLES[Place.SURVEY_QUESTION]}"
        case MenuAction.HELP:
            return "reads every choice; costs no try"
        case _:
            state = example_state(row.place)
            has_number = row.is_offered(state)
            return _leads(state if has_number else replace(state, destination=None), row.key)


# --- the other questions


def _entries(texts: _Texts) -> str:
    in_menus = {row.place for row in menu.MENU}
    return "\n".join(_entry(place, texts) for place in ASKING if place not in in_menus)


def _entry(place: Place, texts: _Texts) -> str:
    ask = questions.ask(example_state(place))
    lines = [f"## {TITLES[place]}\n", f"> {texts.said(ask.phrases)}\n", "| key | does |", "|---|---|"]
    lines += [f"| {key} | {does} |" for key, does in _keys(place, ask)]
    lines += [f"\nWords: {_words(ask)}."]
    if ask.secret:
        lines.append("\nWhat is keyed here is never shown or logged.")
    return "\n".join(lines) + "\n"


def _words(ask: Ask) -> str:
    """What can be said; secrets are for keys only."""
    if ask.secret:
        return f"none but {', '.join(ask.words)}, typed at the terminal phone"
    number = "a number, or a part of one; " if ask.spoken_lengths else ""
    return f"{number}the words and names that are offered (here {', '.join(ask.words)})"


def _keys(place: Place, ask: Ask) -> Iterator[tuple[str, str]]:
    """What the keys of a question do; where each leads is on the map."""
    match place:
        case Place.ASKING_PIN:
            yield f"digits, then `{ask.terminator}`", "looks at the PIN, in the same time right or wrong"
            yield f"`{questions.BACK_KEY}` first", _leads(example_state(place), questions.BACK_KEY)
        case Place.ENTERING_NUMBER:
            yield (
                f"keys, then `{ask.terminator}`",
                "reads them: a number, codes and a number, a slot, an extension",
            )
            yield f"`{questions.BACK_KEY}` first", _leads(example_state(place), questions.BACK_KEY)
        case Place.ENTERING_REST | Place.CORRECTING_NUMBER:
            yield f"digits, then `{ask.terminator}`", "reads the number back with them"
            yield f"`{questions.BACK_KEY}` first", _leads(example_state(place), questions.BACK_KEY)
        case Place.CHOOSING_HEARD:
            yield "`1`, `2`", "takes what was read out with this key"
            yield f"`{questions.BACK_KEY}`", _leads(example_state(place), questions.BACK_KEY)
        case Place.SURVEY_QUESTION:
            yield "`1` to `5`", "is the answer; where yes or no is asked, `1` and `2`"
            yield f"`{questions.TERMINATOR}`", "leaves the question out"
            yield f"`{questions.BACK_KEY}`", "ends the survey"
        case Place.CHOOSING_DISCLAIMER | Place.CHOOSING_LISTENER:
            yield "`1` to `6`", "chooses what was read out with this key"
            yield f"`{questions.BACK_KEY}`", _leads(example_state(place), questions.BACK_KEY)
        case Place.SAVING_SLOT:
            yield f"1 to 99, then `{ask.terminator}`", f"→ {TITLES[Place.RECORDING_NAME]}, or asks first"
            yield f"`{questions.BACK_KEY}` first", _leads(example_state(place), questions.BACK_KEY)
        case Place.CHOOSING_SPEED_DIAL:
            yield (
                f"a slot, then `{ask.terminator}`",
                "chooses that speed dial, also one that was not read out",
            )
            yield f"`{questions.MORE_KEY}`, then `{ask.terminator}`", _more("reads the next names")
            yield f"`{questions.BACK_KEY}` first", _leads(example_state(place), questions.BACK_KEY)
        case Place.CHOOSING_CALLER_ID:
            yield "`1` to `6`", "chooses the name that was read out with this key"
            yield f"`{menu.MOST_CHOICES}`", _more("reads the next names")
            yield "`0`", "says what this is for; costs no try"
            yield f"`{questions.BACK_KEY}`", _leads(example_state(place), questions.BACK_KEY)
            yield f"`{questions.TERMINATOR}`", _leads(example_state(place), questions.TERMINATOR)
        case _:
            raise AssertionError(f"{place} is no place with keys of its own")


def _leads(state: CallState, key: str) -> str:
    after = step(state, Keys(key, EndedBy.FULL)).state
    return f"→ {TITLES[after.result or after.place]}"


def _more(what: str) -> str:
    most = menu.MOST_CHOICES
    return f"{what}, when there are more than {most} (they come in pages of {most - 1})"


# --- what goes wrong


def _problems(texts: _Texts) -> str:
    return "\n".join((_said_before(texts), _after_a_dial(texts), _refusals(texts)))


def _said_before(texts: _Texts) -> str:
    lines = ["## What is said when an answer does not fit\n", "| when | heard |", "|---|---|"]
    lines += [f"| {when} | {texts.of(prompt)} |" for when, prompt in _MISSES]
    return "\n".join(lines) + "\n"


_MISSES = (
    ("the key does nothing here", PromptId.ERROR_KEY),
    ("the words are not understood", PromptId.ERROR_WORDS),
    ("nothing was keyed or said", PromptId.ERROR_SILENCE),
    ("the PIN is wrong, is not looked at, or the mailbox is unknown", PromptId.ERROR_PIN),
    ("the tries are used up", PromptId.TOO_MANY_TRIES),
)


def _after_a_dial(texts: _Texts) -> str:
    lines = ["## How a dial ended\n", "| outcome | heard |", "|---|---|"]
    lines += [f"| {status.value} | {texts.of(prompt)} |" for status, prompt in menu.ENDED_PROMPTS.items()]
    return (
        "\n".join(lines)
        + "\n\nAfter an answered call the first silence leads back to the messages, and so does star.\n"
    )


def _refusals(texts: _Texts) -> str:
    lines = [
        "## Refusals\n",
        "`ivr-service why NUMBER --mailbox 103` says which rule refuses a number, and where it is written.\n",
        "| reason | heard | the same again is offered |",
        "|---|---|---|",
    ]
    for reason in RefusalReason:
        again = "yes" if reason in menu.WORTH_ANOTHER_TRY else "no"
        lines.append(f"| {reason.value} | {texts.of(PromptId(f'refused.{reason}'))} | {again} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(call_flow())
