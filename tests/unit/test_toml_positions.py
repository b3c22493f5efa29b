import pytest

from ivr_service.toml_positions import KeyPath, locate


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("a = 1\nb = 2\n", ("b",), 2),
        ("\n\n[table]\n\na = 1\n", ("table",), 3),
        ("\n\n[table]\n\na = 1\n", ("table", "a"), 5),
        ("[a.b]\nc = 1\n", ("a", "b", "c"), 2),
        ("[a.b]\nc = 1\n", ("a",), 1),
        ("[[x]]\ny = 1\n\n[[x]]\ny = 2\n", ("x", 1, "y"), 5),
        ("[[x]]\ny = 1\n\n[[x]]\ny = 2\n", ("x", 1), 4),
        ("[[x]]\n[[x.y]]\n[[x]]\n[[x.y]]\nz = 1\n", ("x", 1, "y", 0, "z"), 5),
        ("[[x]]\n[[x]]\n[x.y]\nz = 1\n", ("x", 1, "y", "z"), 4),
        ("a.b.c = 1\na.b.d = 2\n", ("a", "b", "d"), 2),
        ("a.b.c = 1\na.b.d = 2\n", ("a", "b"), 1),
        ('[codes]\n"1*" = "main"\n"2*" = "sales"\n', ("codes", "2*"), 3),
        ("'a.b' = 1\n", ("a.b",), 1),
        ('"\\u00e9" . c = 1\n', ("é", "c"), 1),
        ("a = [\n  1,\n  # two\n  2,\n]\n", ("a", 1), 4),
        ("a = [[1],\n [2,\n 3]]\n", ("a", 1, 1), 3),
        ("a = [{b = 1},\n {b = 2}]\n", ("a", 1, "b"), 2),
        ("a = {b = {c = 1}}\n", ("a", "b", "c"), 1),
        ('a = """\n1\n2\n"""\nb = 1\n', ("b",), 5),
        ("a = 1\r\nb = 2\r\n", ("b",), 2),
    ],
)
def test_a_key_is_found_on_its_line(text: str, path: KeyPath, line: int) -> None:
    assert locate(text)[path] == line


def test_what_can_be_read_of_a_broken_text_is_found() -> None:
    lines = locate("a = 1\nb = = 2\n[t]\nc = 3\n")
    assert lines[("a",)] == 1


def test_an_empty_text_has_no_keys() -> None:
    assert locate("") == {}


def test_very_deep_nesting_is_no_trouble() -> None:
    assert locate("a = " + "[" * 5000 + "]" * 5000)[("a",)] == 1
