"""The documentation says what is so: commands, links, tests, files, and the examples in the README."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from ivr_service.admin.call_flow import call_flow
from ivr_service.cli import main
from tests.conftest import Site

PROJECT = Path(__file__).parents[2]
PAGES = [PROJECT / "README.md", PROJECT / "SECURITY.md", *sorted((PROJECT / "docs").glob("*.md"))]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
EVERYTHING = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def test_the_call_flow_page_is_what_the_menu_table_and_the_machine_say() -> None:
    assert (PROJECT / "docs/call-flow.md").read_text(encoding="utf-8") == call_flow(), (
        "run: python -m ivr_service.admin.call_flow > docs/call-flow.md"
    )


# --- commands


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with the words that call it."""
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands(inner, (*path, name))
    else:
        yield " ".join(path), command


def mentions(text: str, words: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(words)}(?![\w-])", text) is not None


def unmentioned(root: click.Command, text: str) -> list[str]:
    """The commands and options of which the text says nothing."""
    missing = []
    for path, command in commands(root):
        if not mentions(text, f"ivr-service {path}"):
            missing.append(path)
        options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
        missing += [
            f"{path} {name}" for option in options for name in option.opts[:1] if not mentions(text, name)
        ]
    return missing


def test_every_command_and_option_is_documented() -> None:
    assert unmentioned(main, EVERYTHING) == []


def test_a_command_or_option_without_documentation_would_be_found() -> None:
    odd = click.Command("odd", params=[click.Option(["--mailboxes"])])
    assert unmentioned(click.Group("root", commands=[odd]), "ivr-service oddly --mailbox") == [
        "odd",
        "odd --mailboxes",
    ]


def shown_commands(text: str) -> list[str]:
    """The lines in blocks that call ivr-service, without an explanation that follows after some spaces.

    Those with a part left out are no whole commands.
    """
    lines = re.findall(r"^ {4,}(?:\$ |runuser -u ivr-service -- )?(\S*ivr-service .*)$", text, re.MULTILINE)
    calls = [line.partition("   ")[0] for line in lines if line.partition(" ")[0].endswith("ivr-service")]
    return [line for line in calls if "..." not in line and "--version" not in line]


def parse(command: click.Command, arguments: list[str]) -> None:
    """Read the arguments as the command line would, without running anything. Raises UsageError."""
    if isinstance(command, click.Group):
        name, inner, rest = command.resolve_command(click.Context(command), arguments)
        assert inner is not None, name
        parse(inner, rest)
    elif "--help" not in arguments:
        command.make_context(command.name, arguments)


@pytest.mark.parametrize("line", shown_commands(EVERYTHING))
def test_every_command_that_is_shown_can_be_given(line: str) -> None:
    parse(main, shlex.split(line, comments=True)[1:])


def test_enough_commands_are_found_and_a_wrong_one_would_be() -> None:
    assert len(shown_commands(EVERYTHING)) > 10
    with pytest.raises(click.UsageError):
        parse(main, ["phone", "callback", "2125551234", "--expect", "odd"])


# --- what the pages point to


@each_page
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    files = [target for target in targets if "://" not in target]
    assert [target for target in files if not (page.parent / target).exists()] == []


def missing_tests(text: str) -> list[str]:
    """The files below tests/ that the text names but that are not there, and the tests not in their file."""
    missing = []
    for path, test in re.findall(r"(tests/[\w/-]+(?:\.[a-z]+)?)(?:::(\w+))?", text):
        place = PROJECT / path
        if not place.exists():
            missing.append(path)
        elif test and f"def {test}(" not in place.read_text(encoding="utf-8"):
            missing.append(f"{path}::{test}")
    return missing


@each_page
def test_every_test_that_is_named_is_there(page: Path) -> None:
    assert missing_tests(page.read_text(encoding="utf-8")) == []


def test_a_test_that_is_not_there_would_be_found() -> None:
    text = "see `tests/unit/test_odd.py::test_it` and `tests/unit/test_documentation.py::test_it`"
    assert missing_tests(text) == ["tests/unit/test_odd.py", "tests/unit/test_documentation.py::test_it"]


@each_page
def test_every_file_of_the_code_that_is_named_is_there(page: Path) -> None:
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)\b", page.read_text(encoding="utf-8"))
    assert [
        name
        for name in named
        if not (PROJECT / "ivr_service" / name).exists() and not (PROJECT / name).exists()
    ] == []


@each_page
def test_every_module_that_is_named_is_there(page: Path) -> None:
    named = re.findall(r"python -m (ivr_service[\w.]*)", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (PROJECT / f"{name.replace('.', '/')}.py").exists()] == []


# --- the examples in the README


def example(start: str) -> tuple[list[str], str]:
    """The arguments of the command in the README that starts so, and what it is said to print."""
    found = re.search(rf"^    \$ \S*ivr-service ({start}.*)\n((?:    .*\n|\n)*)", README, re.MULTILINE)
    assert found is not None
    return shlex.split(found[1]), found[2]


def events(output: str) -> list[tuple[str, str]]:
    """What happened in a call, as pairs of what and text. Other lines go on with the text before."""
    happened: list[tuple[str, str]] = []
    for line in filter(str.strip, output.splitlines()):
        begun = re.match(r" *(hears|presses|granted|refused|outcome|ended)  (.*)", line)
        if begun:
            happened.append((begun[1], begun[2].strip()))
        else:
            what, text = happened.pop()
            happened.append((what, f"{text} {line.strip()}"))
    return happened


def is_as_said(said: str, real: str) -> bool:
    """Whether the text is the real one, or its beginning when it ends in dots."""
    return real.startswith(said.removesuffix("...").rstrip()) if said.endswith("...") else said == real


def test_the_call_in_the_readme_goes_as_it_says(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments, shown = example("phone")
    monkeypatch.setattr("ivr_service.phone.command.open_line", lambda _state: site.service)
    result = CliRunner().invoke(main, arguments)
    said, real = events(shown), events(result.output)
    assert result.exit_code == 0
    assert {"granted", "outcome", "ended"} <= {what for what, _ in said}
    assert [what for what, _ in said] == [what for what, _ in real]
    assert [
        (one, two) for (_, one), (_, two) in zip(said, real, strict=True) if not is_as_said(one, two)
    ] == []


def test_the_refusal_in_the_readme_is_explained_as_it_says(tmp_path: Path) -> None:
    arguments, shown = example("why")
    result = CliRunner().invoke(main, [*arguments, "--state", str(tmp_path)])
    printed = {" ".join(line.split()) for line in result.output.splitlines()}
    said = {" ".join(line.split()) for line in shown.splitlines() if line.strip() not in ("", "...")}
    assert any("policy.toml:" in line for line in said)
    assert said - printed == set()
