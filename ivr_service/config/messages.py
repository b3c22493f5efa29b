"""What is wrong with the configuration, in an admin's words: file, line, and what would be right."""

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ivr_service.errors import IvrServiceError
from ivr_service.policy.forms import Form, shown
from ivr_service.toml_positions import KeyPath

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. `line` is 1-based, None when no line is at fault; `key` may be empty."""

    file: str
    line: int | None
    key: str
    wrong: str
    remedy: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        subject = f"{self.key}: " if self.key else ""
        return f"{place}: {subject}{self.wrong}; {self.remedy}"


class ConfigurationError(IvrServiceError):
    """The configuration cannot be used. `problems` holds everything that is wrong, not only the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def key_text(path: Iterable[str | int]) -> str:
    """A key path as an admin would write it: caller_ids[1].number, codes."1*"."""
    text = ""
    for part in path:
        match part:
            case int():
                text += f"[{part}]"
            case str():
                key = part if _BARE_KEY.fullmatch(part) else json.dumps(part, ensure_ascii=False)
                text += f".{key}" if text else key
    return text


def nearest_line(lines: Mapping[KeyPath, int], path: KeyPath) -> int | None:
    """The line of this key, or of the closest key around it."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


def model_problems(
    file: str, lines: Mapping[KeyPath, int], model: type[BaseModel], error: ValidationError
) -> list[Problem]:
    """Every refused setting of one file, in the order of the lines."""
    problems = [_problem(file, lines, model, detail) for detail in error.errors(include_url=False)]
    return sorted(problems, key=lambda problem: (problem.line or 0, problem.key))


def _problem(
    file: str, lines: Mapping[KeyPath, int], model: type[BaseModel], detail: ErrorDetails
) -> Problem:
    path = tuple(part for part in detail["loc"] if part != "[key]")
    wrong, remedy = _words(model, path, detail)
    return Problem(file, nearest_line(lines, path), key_text(path), wrong, remedy)


def _words(model: type[BaseModel], path: KeyPath, detail: ErrorDetails) -> tuple[str, str]:
    """What is wrong and what would be right. The last case is a safety net that tests keep empty."""
    key = str(path[-1]) if path else ""
    match detail["type"]:
        case "setting":
            context = detail["ctx"]
            return context["wrong"], context["remedy"]
        case "missing":
            return "it is missing", _how_to_add(model, path)
        case "extra_forbidden":
            return "there is no such setting", _did_you_mean(key, _models_at(model, path[:-1]))
        case "tuple_type":
            return f"{shown(detail['input'])} is not a list", _how_to_add(model, path)
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"{shown(detail['input'])} is not a table", f"write a [{key_text(path)}] table"
        case _:
            return f"{shown(detail['input'])} is not right here", "see docs/configuration.md for what is"


def _did_you_mean(key: str, owner: type[BaseModel] | None) -> str:
    names = list(owner.model_fields) if owner is not None else []
    if close := difflib.get_close_matches(key, names, 1):
        return f'did you mean "{close[0]}"?'
    return "remove it, or use one of " + ", ".join(names)


def _how_to_add(model: type[BaseModel], path: KeyPath) -> str:
    """How this key is written, from its annotation."""
    owner, key = _models_at(model, path[:-1]), path[-1]
    if owner is None or not isinstance(key, str):
        return "write a list in square brackets"
    field = owner.model_fields[key]
    form = next((part for part in field.metadata if isinstance(part, Form)), None)
    if form is not None:
        return f"add it, like {key} = {form.example}"
    if _is_list(field.annotation):
        return _how_to_list(key, path, field.annotation)
    return f"add a [{key_text(path)}] table"


def _how_to_list(key: str, path: KeyPath, annotation: Any) -> str:
    element = get_args(_bare(annotation))[0]
    if get_origin(element) is Annotated:
        form = next(part for part in get_args(element)[1:] if isinstance(part, Form))
        return f"write a list, like {key} = [{form.example}]"
    header = ".".join(str(part) for part in path if isinstance(part, str))
    return f"write one [[{header}]] table for each"


def _models_at(model: type[BaseModel], path: KeyPath) -> type[BaseModel] | None:
    """The model that holds the keys at this path; None inside a table of free keys."""
    current: Any = model
    for part in path:
        current = _inner(current, part)
        if current is None:
            return None
    return current if _is_model(current) else None


def _inner(annotation: Any, part: str | int) -> Any:
    if isinstance(part, int):
        return _bare(get_args(annotation)[0]) if _is_list(annotation) else None
    if not _is_model(annotation) or part not in annotation.model_fields:
        return None
    return _bare(annotation.model_fields[part].annotation)


def _bare(annotation: Any) -> Any:
    """The type inside Annotated and `| None`."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return _bare(next(part for part in get_args(annotation) if part is not type(None)))
    return annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _is_list(annotation: Any) -> bool:
    return get_origin(_bare(annotation)) is tuple
