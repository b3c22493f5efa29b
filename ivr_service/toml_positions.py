"""Where each key of a TOML text stands, so that an error can name the line."""

import tomllib
from collections.abc import Iterator, Mapping

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

KeyPath = tuple[str | int, ...]

_PARSER = Parser(Language(tree_sitter_toml.language()))
_KEY_TYPES = ("bare_key", "quoted_key", "dotted_key")


def locate(text: str) -> Mapping[KeyPath, int]:
    """Return the 1-based line of every table, key and array element of a valid TOML text.

    A path is the keys from the top, with the index of an element in an array or array of tables:
    ("caller_ids", 1, "name"). The empty path is line 1. What is wrong in an invalid text is left out.
    """
    lines: dict[KeyPath, int] = {(): 1}
    table_counts: dict[KeyPath, int] = {}
    for node in _PARSER.parse(text.encode()).root_node.named_children:
        match node.type:
            case "pair":
                _place_pair((), node, lines)
            case "table":
                _place_table(_with_last_elements(_key_of(node), table_counts), node, lines)
            case "table_array_element":
                path = _with_last_elements(_key_of(node), table_counts, skip_last=1)
                index = table_counts.get(path, 0)
                table_counts[path] = index + 1
                lines.setdefault(path, _line(node))
                _place_table((*path, index), node, lines)
            case _:
                pass
    return lines


def _with_last_elements(key: KeyPath, table_counts: Mapping[KeyPath, int], skip_last: int = 0) -> KeyPath:
    """Turn the keys of a table header into a path: `[a.b]` after two `[[a]]` is ("a", 1, "b")."""
    path: KeyPath = ()
    for position, part in enumerate(key):
        path = (*path, part)
        if path in table_counts and position < len(key) - skip_last:
            path = (*path, table_counts[path] - 1)
    return path


def _place_table(path: KeyPath, node: Node, lines: dict[KeyPath, int]) -> None:
    lines[path] = _line(node)
    for child in node.named_children:
        if child.type == "pair":
            _place_pair(path, child, lines)


def _place_pair(parent: KeyPath, node: Node, lines: dict[KeyPath, int]) -> None:
    key = _key_of(node)
    for length in range(1, len(key)):
        lines.setdefault((*parent, *key[:length]), _line(node))
    path = (*parent, *key)
    lines[path] = _line(node)
    _place_value(path, node.named_children[-1], lines)


def _place_value(path: KeyPath, node: Node, lines: dict[KeyPath, int]) -> None:
    if node.type == "inline_table":
        for child in node.named_children:
            if child.type == "pair":
                _place_pair(path, child, lines)
    if node.type == "array":
        elements = (child for child in node.named_children if child.type != "comment")
        for index, element in enumerate(elements):
            lines[(*path, index)] = _line(element)
            _place_value((*path, index), element, lines)


def _key_of(node: Node) -> KeyPath:
    return tuple(_key_parts(next(child for child in node.named_children if child.type in _KEY_TYPES)))


def _key_parts(node: Node) -> Iterator[str]:
    if node.type == "dotted_key":
        for child in node.named_children:
            yield from _key_parts(child)
        return
    source = (node.text or b"").decode()
    yield _unquoted(source) if node.type == "quoted_key" else source


def _unquoted(source: str) -> str:
    """Read a quoted key exactly as the TOML parser does; a broken one keeps its quotes."""
    try:
        return next(iter(tomllib.loads(f"{source} = 0")))
    except tomllib.TOMLDecodeError:
        return source


def _line(node: Node) -> int:
    return int(node.start_point.row) + 1
