"""For any TOML text every key that a real parser reads has a line; for any text at all nothing is raised."""

import tomllib
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr_service.toml_positions import KeyPath, locate

unhurried = settings(deadline=None)  # a busy machine is no failure
keys = st.text(alphabet="abc._* \"'\\é", min_size=1, max_size=4)
scalars = st.one_of(st.integers(0, 9), st.booleans(), st.text("ab\n[]{}=#\"'", max_size=6))
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
documents = st.dictionaries(keys, values, max_size=4)
fragments = st.lists(
    st.sampled_from(
        ["a", "b", "=", "[", "]", "[[", "]]", ".", '"', "'", "{", "}", ",", "1", "\n", " ", "#", "\0", "é"]
    ),
    max_size=40,
).map("".join)


def _quoted(text: str) -> str:
    body = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{body}"'


def _inline(value: object, gap: str) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case list():
            return "[" + gap + ("," + gap).join(_inline(item, gap) for item in value) + gap + "]"
        case dict():
            return "{" + ", ".join(f"{_quoted(k)} = {_inline(v, gap)}" for k, v in value.items()) + "}"
        case _:
            return _quoted(str(value))


def _written(document: dict[str, object], gap: str) -> str:
    """Scalars first, then a header for each table and each array that holds only tables."""
    head, tables = [], []
    for key, value in document.items():
        if isinstance(value, dict):
            tables.append(f"[{_quoted(key)}]\n" + _pairs(value, gap))
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            tables += [f"[[{_quoted(key)}]]\n" + _pairs(item, gap) for item in value]
        else:
            head.append(_pairs({key: value}, gap))
    return "".join(head + tables)


def _pairs(table: dict[str, object], gap: str) -> str:
    return "".join(f"{_quoted(key)} = {_inline(value, gap)}\n" for key, value in table.items())


def _paths(value: object, path: KeyPath = ()) -> Iterator[KeyPath]:
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    else:
        return
    for key, child in children:
        yield (*path, key)
        yield from _paths(child, (*path, key))


@unhurried
@given(documents, st.sampled_from(["", " ", "\n", " # note\n"]))
def test_every_key_of_a_valid_text_has_its_line(document: dict[str, object], gap: str) -> None:
    text = _written(document, gap)
    assert tomllib.loads(text) == document
    lines = locate(text)
    assert set(lines) == set(_paths(document))
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())


@unhurried
@given(st.one_of(st.text(), fragments))
def test_no_text_at_all_makes_it_raise(text: str) -> None:
    assert all(line >= 1 for line in locate(text).values())
