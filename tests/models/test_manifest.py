"""The manifest of the embedded model tells the truth about its files."""

import hashlib
import tomllib
from pathlib import Path

from ivr_service.speech.site_model import embedded_model

MANIFEST = tomllib.loads((embedded_model() / "MANIFEST.toml").read_text(encoding="utf-8"))
LICENCES = Path(__file__).parents[2] / "models" / "licences"


def test_every_file_of_the_model_is_listed_with_its_size_and_hash() -> None:
    found = {
        str(path.relative_to(embedded_model())): {
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in embedded_model().rglob("*")
        if path.is_file() and path.name != "MANIFEST.toml"
    }
    assert found == MANIFEST["files"]


def test_every_source_names_its_licence_and_what_it_was_for() -> None:
    for source in MANIFEST["sources"]:
        assert {"name", "licence", "used_for"} <= set(source)


def test_the_licence_of_the_dictionary_is_there() -> None:
    assert "Carnegie Mellon University" in (LICENCES / "cmu-dictionary.txt").read_text(encoding="utf-8")
