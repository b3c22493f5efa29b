"""Writes docs/configuration.md from the settings themselves, so that it cannot be out of date.

python -m ivr_service.admin.configuration_reference > docs/configuration.md
"""

import sys
from collections.abc import Iterator
from datetime import time
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ivr_service.config import FILES
from ivr_service.policy.forms import Form, shown

_INTRODUCTION = """\
# Configuration

Text files in one directory (`--config DIR`, or the environment variable `IVR_CONFIG`). They are
[TOML](https://toml.io): `key = value`, text in quotation marks, notes after `#`. Start from the commented
files in `deploy/example/`.

- All must be there but `options.toml`. An unknown key is an error, so a slip of the pen cannot switch a
  rule off.
- `ivr-service check` prints everything that is wrong, with file, line and what would be right, and then
  exits with 1.
- The running service notices a change by itself, and at once on SIGHUP. When the new files are broken it goes
  on with the last good ones, and says so. It also starts with the last good ones.
- `ivr-service why NUMBER --mailbox 103` names the file and line of the rule that decided.
- The files must fit together. A caller ID that is named exists, and a mailbox that may call outside has one.
  No id, mailbox or slot is there twice. A slot is not also an extension. A speed dial is not an emergency or
  service number, not in a banned area, and a short one is an extension.

This page is written by `python -m ivr_service.admin.configuration_reference` from the settings themselves.
"""


def reference() -> str:
    """The whole page."""
    sections = [_INTRODUCTION]
    for kind in FILES.values():
        sections.append(f"## {kind.name}\n\n{_after_colon(kind.model)}\n")
        sections.extend(_tables(kind.model, ""))
    return "\n".join(sections)


def _after_colon(model: type[BaseModel]) -> str:
    text = _first_line(model).partition(": ")[2]
    return text[:1].upper() + text[1:]


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().partition("\n")[0]


def _tables(model: type[BaseModel], path: str) -> Iterator[str]:
    """A table of the settings that are values, then one section for each table inside."""
    rows = [_row(key, field) for key, field in model.model_fields.items() if inner_model(field) is None]
    if rows:
        yield "| key | meaning | value | left out |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"
    for key, field in model.model_fields.items():
        inner = inner_model(field)
        if inner is not None:
            header = f"{path}.{key}".lstrip(".")
            title = f"[[{header}]]" if _is_list(_bare(field.annotation)) else f"[{header}]"
            yield f"### `{title}`\n\n{_first_line(inner)} {field.description}\n"
            yield from _tables(inner, header)


def _row(key: str, field: FieldInfo) -> str:
    cells = (f"`{key}`", field.description or "", _value(field), _default(field))
    return "| " + " | ".join(cells) + " |"


def _value(field: FieldInfo) -> str:
    form = _form((field.annotation, *field.metadata))
    if form is not None:
        return f"{form.kind}, like `{form.example}`" if form.example.startswith('"') else form.kind
    annotation = _bare(field.annotation)
    inside = [_form_of(argument) for argument in get_args(annotation) if argument is not ...]
    if get_origin(annotation) is dict:
        return f"a table of `{inside[0].example} = {inside[1].example}`"
    return f"a list, each {inside[0].kind}, like `[{inside[0].example}]`"


def _form_of(annotation: Any) -> Form:
    form = _form((annotation,))
    if form is None:
        raise TypeError(f"{annotation} has no Form, so nobody can say what may be written there")
    return form


def _form(parts: tuple[Any, ...]) -> Form | None:
    """The Form among an annotation's parts, also inside `| None`."""
    for part in parts:
        if isinstance(part, Form):
            return part
        if get_origin(part) is Annotated:
            return _form(get_args(part)[1:])
        if type(None) in get_args(part):
            return _form(get_args(part))
    return None


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be written"
    return "not set" if field.default is None else f"`{_toml(field.default)}`"


def _toml(value: object) -> str:
    match value:
        case tuple():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{shown(key)} = {_toml(item)}" for key, item in value.items()) + "}"
        case time():
            return f'"{value:%H:%M}"'
        case _:
            return shown(value)


def inner_model(field: FieldInfo) -> type[BaseModel] | None:
    """The model of a setting that is a table or a list of tables."""
    annotation = _bare(field.annotation)
    if _is_list(annotation):
        annotation = _bare(get_args(annotation)[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return None


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is tuple


def _bare(annotation: Any) -> Any:
    """The type without `| None`."""
    if type(None) in get_args(annotation):
        return next(part for part in get_args(annotation) if part is not type(None))
    return annotation


if __name__ == "__main__":
    sys.stdout.write(reference())
