"""Imports point inwards. Walks every import of the package, and fails on one that points outwards."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "ivr_service"

MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "dialogue": {"errors"},
    "policy": {"errors", "dialogue"},
    "toml_positions": set(),
    "config": {"errors", "dialogue", "policy", "toml_positions"},
    "prompting": {"errors", "dialogue", "toml_positions"},
    "store": {"errors", "dialogue", "policy"},
    "logs": {"errors"},
    "service": {"errors", "dialogue", "policy", "store", "config"},
    "speech": {"errors", "dialogue", "policy", "service"},
    "agi": set(),
    "web": {"errors", "dialogue", "service", "logs"},
    "phone": {"errors", "dialogue", "prompting", "service", "agi", "admin", "speech"},
    "admin": {"errors", "dialogue", "policy", "store", "config", "prompting", "service", "logs", "speech"},
}
"""For each part, the parts it may use besides itself. Only what puts all together is free."""

COMPOSITION = {"cli", "__main__", "composition"}


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module == "ivr_service")


def outward_imports(path: Path, part: str) -> list[str]:
    allowed = MAY_IMPORT[part] | {part}
    used = {name.split(".")[1] for name in imports(path) if name.startswith("ivr_service.")}
    return sorted(used - allowed - {"__version__"})


MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if part_of(path) not in COMPOSITION | {"__init__"}]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_inwards(path: Path) -> None:
    assert outward_imports(path, part_of(path)) == []


def test_an_outward_import_would_be_found(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("from ivr_service.web import application\nfrom ivr_service import store\nimport json\n")
    assert outward_imports(module, "dialogue") == ["store", "web"]


def test_the_core_reads_no_clock_file_or_network() -> None:
    impure = {"time", "os", "pathlib", "socket", "subprocess", "random", "secrets", "sqlalchemy", "flask"}
    for path in (*(PACKAGE / "dialogue").glob("*.py"), *(PACKAGE / "policy").glob("*.py")):
        assert not {name.split(".")[0] for name in imports(path)} & impure, path


def test_the_front_end_uses_the_standard_library_alone() -> None:
    for path in (PACKAGE / "agi").glob("*.py"):
        used = {name.split(".")[0] for name in imports(path)} - {"ivr_service"}
        assert used <= set(sys.stdlib_module_names), path
