"""An error in a TOML file names the line of the key it is about."""

import pytest

from ivr_service.toml_positions import KeyPath, locate

TEXT = """# a comment
title = "x"
[prompts]
"menu.call-now" = "To call now."
goodbye = { text = "Goodbye.", recording = "a.wav" }
a.b = [1,
  {x = 2}]  # trailing

[[list]]
n = 1
[list.sub]
q = 3
[[list]]
n = 2
[list.sub]
q = 4
[[list.inner]]
z = 5
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("title",), 2),
        (("prompts",), 3),
        (("prompts", "menu.call-now"), 4),
        (("prompts", "goodbye", "recording"), 5),
        (("prompts", "a"), 6),
        (("prompts", "a", "b"), 6),
        (("prompts", "a", "b", 1), 7),
        (("prompts", "a", "b", 1, "x"), 7),
        (("list",), 9),
        (("list", 0, "n"), 10),
        (("list", 0, "sub", "q"), 12),
        (("list", 1, "n"), 14),
        (("list", 1, "sub", "q"), 16),
        (("list", 1, "inner", 0, "z"), 18),
    ],
)
def test_every_key_is_found_on_its_line(path: KeyPath, line: int) -> None:
    assert locate(TEXT)[path] == line


def test_an_escaped_key_is_the_key_the_toml_parser_sees() -> None:
    assert locate('"a\\u0062" = 1') == {(): 1, ("ab",): 1}


@pytest.mark.parametrize("text", ["", "\n\n", "= =\n[", '"open = 1', "[[a]\nb = "])
def test_a_broken_text_still_gives_an_answer(text: str) -> None:
    assert locate(text)[()] == 1
