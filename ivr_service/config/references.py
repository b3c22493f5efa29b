"""What must be right between settings: names that exist, nothing twice, speed dials that can be dialled.

Each entry that is valid by itself is looked at, also when others in its file are not, so that an admin sees
everything at once. Names of entries that are themselves broken count as known, so one mistake is one message.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from ivr_service.config.files import TomlFile
from ivr_service.config.messages import Problem, key_text, nearest_line
from ivr_service.dialogue.values import NumberClass, RecordingRule, SurveyRule
from ivr_service.policy.forms import shown
from ivr_service.policy.models import EMBEDDED_MODEL, Model, ModelKind
from ivr_service.policy.options import Disclaimer, Knowledge, Listener, SurveyQuestion
from ivr_service.policy.pronunciation import parse_name
from ivr_service.policy.settings import (
    CallerId,
    Extensions,
    Mailbox,
    MailboxSpeedDials,
    Policy,
    SpeechBackend,
    SpeedDial,
)
from ivr_service.policy.written import matches_extension
from ivr_service.toml_positions import KeyPath

T = TypeVar("T", bound=BaseModel)

_SERVICE_NUMBER = re.compile(r"[2-9]11|988")

Files = Mapping[str, TomlFile | None]
"""The files by their key ("caller_ids"); None for one that could not be parsed."""


@dataclass(frozen=True)
class _Entry(Generic[T]):
    """A valid element of an array of tables, and where it is written."""

    file: TomlFile
    path: KeyPath
    value: T

    def problem(self, key: KeyPath, wrong: str, remedy: str) -> Problem:
        return _problem(self.file, (*self.path, *key), wrong, remedy)


def reference_problems(files: Files) -> list[Problem]:
    """Everything that is wrong between settings, over all files that could be parsed."""
    caller_ids = _entries(files["caller_ids"], ("caller_ids",), CallerId)
    mailboxes = _entries(files["mailboxes"], ("mailboxes",), Mailbox)
    return [
        *_no_caller_ids(files["caller_ids"]),
        *_twice(caller_ids, "id", lambda entry: entry.value.id),
        *_twice(mailboxes, "mailbox", lambda entry: (entry.value.mailbox, entry.value.context)),
        *_codes(files["caller_ids"]),
        *_pronunciations(caller_ids),
        *_mailbox_caller_ids(mailboxes, _names_written(files["caller_ids"], "caller_ids", "id")),
        *_emergency(files["policy"]),
        *_options(files, mailboxes),
        *_speed_dials(files),
        *_models(files["models"]),
        *_speech_server(files["service"]),
    ]


def _problem(file: TomlFile, path: KeyPath, wrong: str, remedy: str) -> Problem:
    return Problem(file.name, nearest_line(file.lines, path), key_text(path), wrong, remedy)


def _raw_list(file: TomlFile | None, path: KeyPath) -> list[object]:
    """The list at this path as it is written; empty when there is none."""
    value: object = file.data if file is not None else None
    for part in path:
        if isinstance(value, dict) and isinstance(part, str):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int):
            value = value[part]
        else:
            return []
    return value if isinstance(value, list) else []


def _entries(file: TomlFile | None, path: KeyPath, model: type[T]) -> list[_Entry[T]]:
    if file is None:
        return []
    found = []
    for position, raw in enumerate(_raw_list(file, path)):
        value = _valid(model, raw)
        if value is not None:
            found.append(_Entry(file, (*path, position), value))
    return found


def _valid(model: type[T], raw: object) -> T | None:
    try:
        return model.model_validate(raw)
    except ValidationError:
        return None


def _names_written(file: TomlFile | None, table: str, key: str) -> set[str] | None:
    """Every name that the file gives, right or wrong; None when the file could not be parsed."""
    if file is None:
        return None
    raw = _raw_list(file, (table,))
    return {str(entry[key]) for entry in raw if isinstance(entry, dict) and key in entry}


def _twice(entries: list[_Entry[T]], key: str, same: Callable[[_Entry[T]], Hashable]) -> Iterator[Problem]:
    first: dict[Hashable, _Entry[T]] = {}
    for entry in entries:
        earlier = first.setdefault(same(entry), entry)
        if earlier is not entry:
            line = nearest_line(earlier.file.lines, (*earlier.path, key))
            value = shown(getattr(entry.value, key))
            wrong = f"{value} is used twice, first on line {line}"
            yield entry.problem((key,), wrong, "keep one of the two, or change this one")


def _no_caller_ids(file: TomlFile | None) -> Iterator[Problem]:
    if file is not None and file.data.get("caller_ids") == []:
        yield _problem(
            file, ("caller_ids",), "there is no caller ID", "write at least one [[caller_ids]] table"
        )


def _codes(file: TomlFile | None) -> Iterator[Problem]:
    codes = file.data.get("codes") if file is not None else None
    if file is None or not isinstance(codes, dict):
        return
    known = _names_written(file, "caller_ids", "id") or set()
    for code, name in codes.items():
        if isinstance(name, str) and name not in known:
            yield _problem(file, ("codes", code), f'there is no caller ID "{name}"', _choose(known))


def _choose(known: Iterable[str]) -> str:
    names = " or ".join(f'"{name}"' for name in sorted(known))
    return f"use {names}" if names else "add it to caller-ids.toml"


def _mailbox_caller_ids(mailboxes: list[_Entry[Mailbox]], known: set[str] | None) -> Iterator[Problem]:
    for entry in mailboxes:
        yield from _unknown_caller_ids(entry, known)
        yield from _repeated_caller_ids(entry)
        yield from _unlisted_default(entry)
        yield from _nothing_to_present(entry)


def _unknown_caller_ids(entry: _Entry[Mailbox], known: set[str] | None) -> Iterator[Problem]:
    if known is None:
        return
    for position, name in enumerate(entry.value.caller_ids):
        if name not in known:
            yield entry.problem(("caller_ids", position), f'there is no caller ID "{name}"', _choose(known))


def _repeated_caller_ids(entry: _Entry[Mailbox]) -> Iterator[Problem]:
    names = entry.value.caller_ids
    for position, name in enumerate(names):
        if name in names[:position]:
            yield entry.problem(("caller_ids", position), f'"{name}" is listed twice', "keep one of the two")


def _unlisted_default(entry: _Entry[Mailbox]) -> Iterator[Problem]:
    name, listed = entry.value.default_caller_id, entry.value.caller_ids
    if name is not None and name not in listed:
        wrong = f'"{name}" is not among the caller_ids of mailbox {entry.value.mailbox}'
        remedy = _choose(listed) if listed else f'write caller_ids = ["{name}"] too'
        yield entry.problem(("default_caller_id",), wrong, remedy)


def _nothing_to_present(entry: _Entry[Mailbox]) -> Iterator[Problem]:
    public = [
        number_class for number_class in entry.value.allowed if number_class is not NumberClass.INTERNAL
    ]
    if public and not entry.value.caller_ids:
        wrong = f"mailbox {entry.value.mailbox} may call outside ({', '.join(public)}) but has no caller ID"
        yield entry.problem(("caller_ids",), wrong, 'list at least one id, or write allowed = ["internal"]')


def _policy(file: TomlFile | None) -> Policy | None:
    """The policy, when it is valid; its defaults when the file has none."""
    return _valid(Policy, file.data.get("policy", {})) if file is not None else None


def _emergency(file: TomlFile | None) -> Iterator[Problem]:
    """47 USC 623: a phone inside must always reach 911 where 911 is the number."""
    policy = _policy(file)
    if file is None or policy is None or policy.emergency.numbers.get("911") == "911":
        return
    if {"US", "CA"} & set(policy.home_countries):
        yield _problem(
            file, ("policy", "emergency", "numbers"), "911 is not in the list", 'add "911" = "911"'
        )


_MOST_DISCLAIMERS = 6
_MOST_QUESTIONS = 10
"""No menu offers more."""


def _options(files: Files, mailboxes: list[_Entry[Mailbox]]) -> Iterator[Problem]:
    file, callers = files["options"], files["caller_ids"]
    disclaimers = _entries(file, ("disclaimers",), Disclaimer)
    yield from _twice(disclaimers, "id", lambda entry: entry.value.id)
    yield from _twice(disclaimers, "name", lambda entry: entry.value.name.lower())
    for entry in disclaimers[_MOST_DISCLAIMERS:]:
        yield entry.problem((), f"there are more than {_MOST_DISCLAIMERS} disclaimers", "take this one out")
    if file is not None and callers is not None:
        yield from _codes_used_twice(file, callers)
        yield from _redial_code_used_twice(file, callers)
    yield from _twice(_entries(file, ("listeners",), Listener), "id", lambda entry: entry.value.id)
    yield from _unknown_listeners(mailboxes, _names_written(file, "listeners", "id") or set())
    yield from _always_asked(file)
    yield from _survey(file, mailboxes)
    if file is None or "recording" not in file.data:
        yield from _recorded_without_recording(mailboxes)


def _survey(file: TomlFile | None, mailboxes: list[_Entry[Mailbox]]) -> Iterator[Problem]:
    questions = _entries(file, ("survey", "questions"), SurveyQuestion)
    yield from _twice(questions, "id", lambda entry: entry.value.id)
    for question in questions[_MOST_QUESTIONS:]:
        yield question.problem((), f"there are more than {_MOST_QUESTIONS} questions", "take this one out")
    if file is None or "survey" not in file.data:
        yield from _surveyed_without_survey(mailboxes)
    elif not _raw_list(file, ("survey", "questions")):
        remedy = "write at least one [[survey.questions]] table"
        yield _problem(file, ("survey",), "there is no question", remedy)


def _surveyed_without_survey(mailboxes: list[_Entry[Mailbox]]) -> Iterator[Problem]:
    for entry in mailboxes:
        if entry.value.survey is not SurveyRule.NEVER:
            wrong = f"mailbox {entry.value.mailbox} is to have a survey, but options.toml has no [survey]"
            yield entry.problem(("survey",), wrong, 'add [survey] there, or write "never"')


def _unknown_listeners(mailboxes: list[_Entry[Mailbox]], known: set[str]) -> Iterator[Problem]:
    for entry in mailboxes:
        for position, name in enumerate(entry.value.listeners):
            if name not in known:
                wrong = f'there is no listener "{name}" in options.toml'
                remedy = _choose(known) if known else "add a [[listeners]] table there"
                yield entry.problem(("listeners", position), wrong, remedy)


def _always_asked(file: TomlFile | None) -> Iterator[Problem]:
    knowledge = _valid(Knowledge, file.data.get("knowledge")) if file is not None else None
    if file is None or knowledge is None or knowledge.ask_after is None or knowledge.ask_before is None:
        return
    if knowledge.ask_after <= knowledge.ask_before:
        wrong = "callers would be asked all day long, for ask_after is not later than ask_before"
        yield _problem(file, ("knowledge", "ask_after"), wrong, 'write an evening hour, like "21:00"')


def _codes_used_twice(file: TomlFile, callers: TomlFile) -> Iterator[Problem]:
    codes, taken = file.data.get("codes"), callers.data.get("codes")
    if isinstance(codes, dict) and isinstance(taken, dict):
        for code in codes:
            if code in taken:
                wrong = f"{code} picks a caller ID already, in caller-ids.toml"
                yield _problem(file, ("codes", code), wrong, "choose another code")


def _redial_code_used_twice(file: TomlFile, callers: TomlFile) -> Iterator[Problem]:
    redial = file.data.get("redial_code")
    for used in (file, callers):
        codes = used.data.get("codes")
        if isinstance(redial, str) and isinstance(codes, dict) and redial in codes:
            wrong = f"{redial} is under [codes] too, in {used.name}"
            yield _problem(file, ("redial_code",), wrong, 'choose another code, or "" for none')


def _recorded_without_recording(mailboxes: list[_Entry[Mailbox]]) -> Iterator[Problem]:
    for entry in mailboxes:
        if entry.value.recording is not RecordingRule.NEVER:
            wrong = f"mailbox {entry.value.mailbox} is to be recorded, but options.toml has no [recording]"
            yield entry.problem(("recording",), wrong, 'add [recording] there, or write "never"')


def _models(file: TomlFile | None) -> Iterator[Problem]:
    models = _entries(file, ("models",), Model)
    yield from _twice(models, "name", lambda entry: entry.value.name)
    yield from _twice(models, "language", lambda entry: entry.value.language)
    for entry in models:
        model = entry.value
        if model.name == EMBEDDED_MODEL and model.path is None and model.kind is not ModelKind.LEXICON:
            wrong = f'the model "{EMBEDDED_MODEL}" that comes with the project has a lexicon'
            yield entry.problem(("kind",), wrong, 'write kind = "lexicon"')


def _speech_server(file: TomlFile | None) -> Iterator[Problem]:
    speech = file.data.get("speech") if file is not None else None
    if file is None or not isinstance(speech, dict):
        return
    if speech.get("backend") == SpeechBackend.SERVER and "server" not in speech:
        remedy = 'add its address, like server = "ws://127.0.0.1:2700"'
        yield _problem(file, ("speech", "backend"), "no server is named", remedy)


@dataclass(frozen=True)
class _DialRules:
    """What speed dials are held against. None where the file that says so is broken."""

    extensions: Extensions | None
    policy: Policy | None


def _speed_dials(files: Files) -> Iterator[Problem]:
    file, service = files["speed_dials"], files["service"]
    extensions = _valid(Extensions, service.data.get("extensions", {})) if service is not None else None
    rules = _DialRules(extensions, _policy(files["policy"]))
    yield from _slots(_entries(file, ("company",), SpeedDial), rules)
    owners = _entries(file, ("mailboxes",), MailboxSpeedDials)
    yield from _twice(owners, "mailbox", lambda entry: (entry.value.mailbox, entry.value.context))
    yield from _unknown_owners(owners, files["mailboxes"])
    for position, _ in enumerate(_raw_list(file, ("mailboxes",))):
        yield from _slots(_entries(file, ("mailboxes", position, "speed_dials"), SpeedDial), rules)


def _unknown_owners(owners: list[_Entry[MailboxSpeedDials]], file: TomlFile | None) -> Iterator[Problem]:
    if file is None:
        return
    raw = [entry for entry in _raw_list(file, ("mailboxes",)) if isinstance(entry, dict)]
    known = {(str(entry.get("mailbox")), str(entry.get("context", "default"))) for entry in raw}
    for owner in owners:
        if (owner.value.mailbox, owner.value.context) not in known:
            wrong = f"there is no mailbox {owner.value.mailbox} in context {owner.value.context}"
            yield owner.problem(("mailbox",), wrong, "add it to mailboxes.toml, or correct it here")


def _pronunciations(entries: Iterable[_Entry[CallerId] | _Entry[SpeedDial]]) -> Iterator[Problem]:
    for entry in entries:
        written, words = entry.value.pronunciation, len(entry.value.name.split())
        parts = words if written is None else len(parse_name(written))
        if parts != words:
            wrong = f"it is for {parts} of the {words} words of {shown(entry.value.name)}"
            yield entry.problem(("pronunciation",), wrong, "write each word, with a comma between words")


def _slots(entries: list[_Entry[SpeedDial]], rules: _DialRules) -> Iterator[Problem]:
    yield from _pronunciations(entries)
    yield from _twice(entries, "slot", lambda entry: entry.value.slot)
    for entry in entries:
        if rules.extensions is not None:
            yield from _shadowed_extension(entry, rules.extensions.patterns)
        yield from _undiallable(entry, rules)


def _shadowed_extension(entry: _Entry[SpeedDial], patterns: tuple[str, ...]) -> Iterator[Problem]:
    pattern = _matching_pattern(str(entry.value.slot), patterns)
    if pattern is not None:
        wrong = f"slot {entry.value.slot} is also an extension ({pattern} in service.toml)"
        yield entry.problem(("slot",), wrong, "choose another slot")


def _matching_pattern(number: str, patterns: tuple[str, ...]) -> str | None:
    return next((pattern for pattern in patterns if matches_extension(pattern, number)), None)


def _undiallable(entry: _Entry[SpeedDial], rules: _DialRules) -> Iterator[Problem]:
    number = entry.value.number
    if _is_service_number(number, rules.policy):
        wrong = f"{number} is an emergency or service number, and service codes are not speed dials"
        yield entry.problem(("number",), wrong, "remove this speed dial; the number is dialled as it is")
    elif number.startswith("+"):
        yield from _banned(entry, rules.policy)
    elif rules.extensions is not None and _matching_pattern(number, rules.extensions.patterns) is None:
        wrong = f"{number} is neither an extension in service.toml nor a full number"
        yield entry.problem(("number",), wrong, 'write + and the country code, like "+12025550123"')


def _is_service_number(number: str, policy: Policy | None) -> bool:
    if _SERVICE_NUMBER.fullmatch(number.removeprefix("+1")):
        return True
    return number in (policy or Policy()).emergency.numbers


def _banned(entry: _Entry[SpeedDial], policy: Policy | None) -> Iterator[Problem]:
    if policy is None:
        return
    number = entry.value.number
    area = number[2:5] if number.startswith("+1") else ""
    if area in policy.banned_area_codes:
        wrong = f"area code {area} is in banned_area_codes of policy.toml"
        yield entry.problem(("number",), wrong, "remove this speed dial, or take the area code off that list")
    country = next((code for code in policy.banned_country_codes if number.startswith(f"+{code}")), None)
    if country is not None:
        wrong = f"country code {country} is in banned_country_codes of policy.toml"
        yield entry.problem(
            ("number",), wrong, "remove this speed dial, or take the country code off that list"
        )
