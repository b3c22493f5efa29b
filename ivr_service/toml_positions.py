"""Where each key of a TOML text is written, so that a message about a setting can name its line."""

import re
import tomllib
from collections.abc import Iterator, Mapping

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

KeyPath = tuple[str | int, ...]
"""Table keys and array positions (0-based), as in ("caller_ids", 1, "number")."""

DEEPEST = 32
"""Keys nested deeper than this get no line of their own: no setting is, and it would cost memory."""

_LANGUAGE = Language(tree_sitter_toml.language())
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_KEY_TYPES = frozenset({"bare_key", "quoted_key", "dotted_key"})


def locate(text: str) -> Mapping[KeyPath, int]:
    """The 1-based line of every key and array element in `text`; lines end at a line feed.

    A key that is written more than once, such as a table that several headers mention, has the line of its
    first mention. Broken TOML gives the positions that could be recognised: this function never raises.
    """
    tree = Parser(_LANGUAGE).parse(text.encode("utf-8", "replace"))
    finder = _Finder()
    for node in _top_level(tree.root_node):
        finder.visit(node)
    return finder.lines


def _top_level(root: Node) -> Iterator[Node]:
    """The tables and pairs in the order of the text; what could not be parsed is opened up."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type in ("document", "ERROR"):
            waiting.extend(reversed(node.children))
        else:
            yield node


class _Finder:
    def __init__(self) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._elements: dict[KeyPath, int] = {}
        self._table: KeyPath = ()

    def visit(self, node: Node) -> None:
        match node.type:
            case "table":
                self._enter_table(node)
            case "table_array_element":
                self._enter_element(node)
            case "pair":
                self._note_values(node, self._table)
            case _:
                return

    def _enter_table(self, node: Node) -> None:
        self._table = self._header_path(_key_parts(node))
        self._note_prefixes(self._table, 0, _line(node))
        self._note_pairs(node)

    def _enter_element(self, node: Node) -> None:
        parts = _key_parts(node)
        if not parts:
            self._table = ()
            return
        array = (*self._header_path(parts[:-1]), parts[-1])
        self._elements[array] = self._elements.get(array, -1) + 1
        self._table = (*array, self._elements[array])
        self._note_prefixes(self._table, 0, _line(node))
        self._note_pairs(node)

    def _header_path(self, parts: tuple[str, ...]) -> KeyPath:
        """A header that goes through an array of tables means the array's newest element."""
        path: KeyPath = ()
        for part in parts:
            path = (*path, part)
            if path in self._elements:
                path = (*path, self._elements[path])
        return path

    def _note_pairs(self, table: Node) -> None:
        for child in table.children:
            if child.type in ("pair", "ERROR"):
                self._note_values(child, self._table)

    def _note_values(self, node: Node, base: KeyPath) -> None:
        """Note a pair and all that is inside its value. A loop, for values nest as deep as the text likes."""
        waiting = [(node, base)]
        while waiting:
            current, path = waiting.pop()
            if len(path) > DEEPEST:
                continue
            match current.type:
                case "pair":
                    waiting.extend(self._note_pair(current, path))
                case "array":
                    waiting.extend(self._note_elements(current, path))
                case "inline_table" | "ERROR":
                    waiting.extend((child, path) for child in reversed(current.children))
                case _:
                    continue

    def _note_pair(self, pair: Node, base: KeyPath) -> list[tuple[Node, KeyPath]]:
        path = (*base, *_key_parts(pair))
        self._note_prefixes(path, len(base), _line(pair))
        return [(child, path) for child in pair.children if child.type in ("array", "inline_table")]

    def _note_elements(self, array: Node, base: KeyPath) -> list[tuple[Node, KeyPath]]:
        values = [child for child in array.named_children if child.type not in ("comment", "ERROR")]
        elements = [(value, (*base, position)) for position, value in enumerate(values)]
        for value, path in elements:
            self.lines.setdefault(path, _line(value))
        return elements[::-1]

    def _note_prefixes(self, path: KeyPath, known: int, line: int) -> None:
        for length in range(known + 1, min(len(path), DEEPEST) + 1):
            self.lines.setdefault(path[:length], line)


def _line(node: Node) -> int:
    return node.start_point.row + 1


def _key_parts(node: Node) -> tuple[str, ...]:
    """The parts of the key that a pair or header begins with; none when it cannot be read."""
    key = next((child for child in node.children if child.type in _KEY_TYPES), None)
    if key is None or key.text is None:
        return ()
    text = key.text.decode("utf-8", "replace")
    return (text,) if _BARE_KEY.fullmatch(text) else _written_parts(text)


def _written_parts(text: str) -> tuple[str, ...]:
    """The parts of a quoted or dotted key, read by the real TOML parser, which knows every escape."""
    parts: list[str] = []
    try:
        value: object = tomllib.loads(f"{text} = 0")
        while isinstance(value, dict):
            ((part, value),) = value.items()
            parts.append(part)
    except (ValueError, RecursionError):
        return ()
    return tuple(parts)
