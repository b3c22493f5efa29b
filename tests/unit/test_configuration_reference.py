from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from ivr_service.admin.configuration_reference import inner_model, reference
from ivr_service.config import FILES

ROOT = Path(__file__).parents[2]


def _settings(model: type[BaseModel]) -> Iterator[tuple[str, str, str]]:
    for key, field in model.model_fields.items():
        yield model.__name__, key, field.description or ""
        inner = inner_model(field)
        if inner is not None:
            yield from _settings(inner)


SETTINGS = sorted({setting for kind in FILES.values() for setting in _settings(kind.model)})


@pytest.mark.parametrize(("model", "key", "description"), SETTINGS)
def test_every_setting_says_what_it_means(model: str, key: str, description: str) -> None:
    assert description.endswith(".")


@pytest.mark.parametrize(("model", "key", "description"), SETTINGS)
def test_every_setting_is_shown_in_an_example_file(model: str, key: str, description: str) -> None:
    examples = "\n".join(path.read_text() for path in (ROOT / "deploy/example").glob("*.toml"))
    shown = (f"{key} = ", f"[{key}]", f".{key}]")
    assert any(form in examples for form in shown)


def test_the_page_in_the_repository_is_what_the_settings_say() -> None:
    assert (ROOT / "docs/configuration.md").read_text() == reference(), (
        "run: python -m ivr_service.admin.configuration_reference > docs/configuration.md"
    )


def test_every_file_has_its_section() -> None:
    sections = [line for line in reference().splitlines() if line.startswith("## ")]
    assert sections == [f"## {kind.name}" for kind in FILES.values()]
