"""A model's files are what its manifest and the admin's hashes say, or it is not loaded."""

import hashlib
import shutil
from pathlib import Path

import pytest

from ivr_service.speech.model_files import MANIFEST_FILE, ModelFiles
from ivr_service.speech.recogniser import RecogniserError
from ivr_service.speech.site_model import SiteModel, embedded_model


@pytest.fixture
def model(tmp_path: Path) -> Path:
    shutil.copytree(embedded_model(), tmp_path / "model")
    return tmp_path / "model"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_embedded_model_is_what_its_manifest_says() -> None:
    ModelFiles(embedded_model(), needs_manifest=True).check()


def test_one_changed_byte_of_the_same_length_is_found(model: Path) -> None:
    files = ModelFiles(model, needs_manifest=True)
    files.check()
    network = model / "am" / "final.mdl"
    content = bytearray(network.read_bytes())
    content[1000] ^= 1
    network.write_bytes(content)
    with pytest.raises(RecogniserError, match=r"am/final.mdl has the SHA-256 [0-9a-f]{64} and not 3"):
        files.check()


def test_a_model_that_is_not_right_is_never_loaded(model: Path, tmp_path: Path) -> None:
    """The negative control: without the wrong hash the same model is loaded."""
    wrong = ModelFiles(model, {"conf/mfcc.conf": "0" * 64})
    refused = SiteModel(model, tmp_path / "graphs", wrong)
    with pytest.raises(RecogniserError, match=r"mfcc.conf has the SHA-256"):
        refused.prepare(("call now",))
    assert not refused.is_ready
    right = ModelFiles(model, {"conf/mfcc.conf": sha256(model / "conf" / "mfcc.conf")})
    accepted = SiteModel(model, tmp_path / "graphs", right)
    accepted.prepare(("call now",))
    assert accepted.is_ready


def test_a_file_that_is_put_right_again_is_right(model: Path) -> None:
    files, network = ModelFiles(model), model / "am" / "final.mdl"
    content = network.read_bytes()
    network.write_bytes(content[:-1])
    with pytest.raises(RecogniserError, match=f"has {len(content) - 1} bytes and not {len(content)}"):
        files.check()
    network.write_bytes(content)
    files.check()


def test_a_missing_file_is_named(model: Path) -> None:
    (model / "lexicon.txt.gz").unlink()
    with pytest.raises(RecogniserError, match=r"lexicon.txt.gz is missing"):
        ModelFiles(model).check()


def test_without_a_manifest_there_are_only_the_hashes_of_the_admin(model: Path) -> None:
    (model / MANIFEST_FILE).unlink()
    ModelFiles(model).check()
    with pytest.raises(RecogniserError, match=f"{MANIFEST_FILE} is missing"):
        ModelFiles(model, needs_manifest=True).check()
    with pytest.raises(RecogniserError, match=r"am/none is missing"):
        ModelFiles(model, {"am/none": "0" * 64}).check()


@pytest.mark.parametrize(
    "text",
    [
        "not toml",
        '[files]\n"../secret" = { bytes = 1, sha256 = "' + "0" * 64 + '" }\n',
        '[files]\n"/etc/passwd" = { bytes = 1, sha256 = "' + "0" * 64 + '" }\n',
        '[files]\n"a" = { bytes = 1 }\n',
        '[files]\n"a" = { bytes = "x", sha256 = "' + "0" * 64 + '" }\n',
        '[files]\n"a" = { bytes = 1, sha256 = "short" }\n',
        "files = 3\n",
        "[files]\na = 3\n",
    ],
)
def test_a_damaged_manifest_is_told(model: Path, text: str) -> None:
    (model / MANIFEST_FILE).write_text(text)
    with pytest.raises(RecogniserError, match="is damaged"):
        ModelFiles(model).check()
