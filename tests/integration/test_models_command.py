"""`ivr-service models`: over https from a server of our own, with every way in which that goes wrong."""

import hashlib
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr_service.cli import main
from ivr_service.speech.site_model import embedded_model
from tests.conftest import EXAMPLE
from tests.fakes.file_server import CUT_OFF, LIES_ABOUT_SIZE, TO_GOOD, TO_HTTP, FileServer
from tests.fakes.stock_models import look_ahead_model, whole_model
from tests.fakes.vosk_server import Manner, VoskServer
from tests.unit.test_model_archive import make_tar, make_zip

MODEL = """[[models]]
name = "office"
language = "en"
"""


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The archive of a good model, all in one folder, as models are published."""
    scratch = tmp_path_factory.mktemp("packed")
    model = look_ahead_model(scratch / "model")
    files = {
        f"office-1.0/{path.relative_to(model)}": path.read_bytes()
        for path in model.rglob("*")
        if path.is_file()
    }
    make_zip(scratch / "archive.zip", files)
    return (scratch / "archive.zip").read_bytes()


@dataclass
class Admin:
    """Somebody who gives the commands, with a configuration and a state folder of their own."""

    config: Path
    state: Path
    ca: Path

    def writes(self, text: str) -> None:
        (self.config / "models.toml").write_text(text)

    def gives(self, *arguments: str) -> Result:
        options = ["--config", str(self.config), "--state", str(self.state)]
        environment = {"SSL_CERT_FILE": str(self.ca), "no_proxy": "*"}
        return CliRunner(env=environment).invoke(main, ["models", *arguments, *options])

    @property
    def office(self) -> Path:
        return self.state / "models" / "office"

    def left(self) -> list[str]:
        """What is in the folder of the models."""
        folder = self.state / "models"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.fixture
def admin(tmp_path: Path) -> Admin:
    shutil.copytree(EXAMPLE, tmp_path / "config")
    return Admin(tmp_path / "config", tmp_path / "state", tmp_path / "ca.pem")


@pytest.fixture
def server(admin: Admin, packed: bytes) -> Iterator[FileServer]:
    with FileServer(admin.ca, {"/good": packed, CUT_OFF: packed, LIES_ABOUT_SIZE: packed}) as running:
        yield running


def at(url: str, content: bytes, more: str = "") -> str:
    digest = hashlib.sha256(content).hexdigest()
    return f'{MODEL}\n[models.download]\nurl = "{url}"\nsha256 = "{digest}"\n{more}'


# --- fetch


@pytest.mark.parametrize("path", ["/good", TO_GOOD, LIES_ABOUT_SIZE])
def test_a_model_is_fetched_and_then_hears(
    admin: Admin, server: FileServer, packed: bytes, path: str
) -> None:
    admin.writes(at(server.url(path), packed))
    assert admin.gives("check", "office").exit_code == 1
    fetched = admin.gives("fetch", "office")
    assert fetched.exit_code == 0, fetched.output
    assert admin.left() == ["office"]
    checked = admin.gives("check", "office")
    assert checked.exit_code == 0, checked.output
    assert "heard 8277972997 right" in checked.output


@pytest.mark.parametrize(
    ("path", "more", "said"),
    [
        (CUT_OFF, "", "the connection broke"),
        (TO_HTTP, "", "not https"),
        ("/none", "", "answers 404"),
        ("/good", "most_mb = 1\n", "more than most_mb allows"),
        (LIES_ABOUT_SIZE, "most_mb = 1\n", "larger than most_mb allows"),
    ],
)
@pytest.mark.parametrize("there", [False, True], ids=["nothing there", "a model there"])
def test_a_download_that_fails_leaves_everything_as_it_was(
    admin: Admin, server: FileServer, packed: bytes, path: str, more: str, said: str, *, there: bool
) -> None:
    admin.writes(at(server.url(path), packed, more))
    if there:
        admin.office.mkdir(parents=True)
        (admin.office / "mine").write_text("untouched")
    result = admin.gives("fetch", "office")
    assert result.exit_code == 1
    assert said in result.output
    assert admin.left() == (["office"] if there else [])
    assert not there or (admin.office / "mine").read_text() == "untouched"


def test_another_archive_than_the_admin_wants_is_not_unpacked(
    admin: Admin, server: FileServer, packed: bytes
) -> None:
    admin.writes(at(server.url("/good"), packed + b"x"))
    result = admin.gives("fetch", "office")
    assert result.exit_code == 1
    assert "SHA-256" in result.output
    assert "nothing was unpacked" in result.output
    assert admin.left() == []


def test_an_archive_that_holds_no_model_takes_the_place_of_nothing(
    admin: Admin, server: FileServer, tmp_path: Path
) -> None:
    make_tar(tmp_path / "text", {"office/README": b"no model"})
    server.files["/text"] = (tmp_path / "text").read_bytes()
    admin.writes(at(server.url("/text"), server.files["/text"]))
    admin.office.mkdir(parents=True)
    result = admin.gives("fetch", "office")
    assert result.exit_code == 1
    assert "is no speech model" in result.output
    assert list(admin.office.iterdir()) == []
    assert admin.left() == ["office"]


def test_a_model_that_is_there_is_replaced(admin: Admin, server: FileServer, packed: bytes) -> None:
    admin.office.mkdir(parents=True)
    (admin.office / "old").touch()
    admin.writes(at(server.url("/good"), packed))
    assert admin.gives("fetch", "office").exit_code == 0
    assert not (admin.office / "old").exists()
    assert (admin.office / "am" / "final.mdl").exists()
    assert admin.left() == ["office"]


def test_without_a_network_it_is_said_plainly_and_a_file_is_taken(
    admin: Admin, packed: bytes, tmp_path: Path
) -> None:
    admin.ca.touch()
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    admin.writes(at(f"https://127.0.0.1:{port}/secret-path/model.zip", packed))
    result = admin.gives("fetch", "office")
    assert result.exit_code == 1
    assert f"127.0.0.1:{port} cannot be reached" in result.output
    assert "--archive FILE" in result.output
    assert "secret-path" not in result.output
    (tmp_path / "brought.zip").write_bytes(packed)
    assert admin.gives("fetch", "office", "--archive", str(tmp_path / "brought.zip")).exit_code == 0
    assert admin.left() == ["office"]


def test_a_name_that_nothing_answers_to_is_said_plainly(admin: Admin, packed: bytes) -> None:
    admin.writes(at("https://models.invalid/model.zip", packed))  # RFC 6761: never a real name
    result = admin.gives("fetch", "office")
    assert result.exit_code == 1
    assert "models.invalid cannot be reached" in result.output


def test_who_is_not_trusted_is_not_asked_for_a_model(admin: Admin, server: FileServer, packed: bytes) -> None:
    admin.writes(at(server.url("/good"), packed))
    admin.ca.write_text("")
    result = admin.gives("fetch", "office")
    assert result.exit_code == 1
    assert server.asked == []


def test_models_that_cannot_be_fetched_are_told(admin: Admin) -> None:
    admin.writes(MODEL)
    assert "no [models.download]" in admin.gives("fetch", "office").output
    unknown = admin.gives("fetch", "other")
    assert unknown.exit_code == 1
    assert 'no model "other"; it has "office"' in unknown.output


def test_a_file_that_is_not_there_is_told(admin: Admin, packed: bytes) -> None:
    admin.writes(at("https://models.invalid/model.zip", packed))
    result = admin.gives("fetch", "office", "--archive", str(admin.state / "none"))
    assert result.exit_code == 1
    assert "none" in result.output


# --- list and check


def test_the_embedded_model_is_listed_and_hears_the_sample(admin: Admin) -> None:
    listed = admin.gives("list")
    assert listed.output.splitlines()[1].split()[:4] == ["en", "en-us-telephone", "lexicon", "there"]
    assert str(embedded_model()) in listed.output
    checked = admin.gives("check")
    assert checked.exit_code == 0, checked.output
    assert "heard 8277972997 right" in checked.output


def test_a_missing_and_a_wrong_model_are_listed_as_such(admin: Admin) -> None:
    admin.writes(MODEL)
    assert "missing or wrong" in admin.gives("list").output
    look_ahead_model(admin.office)
    assert "there" in admin.gives("list").output
    admin.writes(f'{MODEL}files = {{ "am/final.mdl" = "{"0" * 64}" }}\n')
    assert "missing or wrong" in admin.gives("list").output
    checked = admin.gives("check")
    assert checked.exit_code == 1
    assert "SHA-256" in checked.output


def test_a_model_with_a_ready_made_graph_is_checked(admin: Admin) -> None:
    admin.writes(MODEL)
    whole_model(admin.office)
    assert admin.gives("check", "office").exit_code == 0


def test_a_model_of_another_language_is_loaded_and_the_sample_judges_nothing(admin: Admin) -> None:
    admin.writes(MODEL.replace('"en"', '"es"'))
    look_ahead_model(admin.office, ("yes", "no", "zero"))
    checked = admin.gives("check", "office")
    assert checked.exit_code == 0, checked.output
    assert "the sample is English" in checked.output


def test_a_deaf_model_fails_the_check(admin: Admin) -> None:
    admin.writes(MODEL)
    look_ahead_model(admin.office, ("zero", "stop"))
    checked = admin.gives("check", "office")
    assert checked.exit_code == 1
    assert "of 8277972997 it heard" in checked.output


@pytest.mark.parametrize(("manner", "exit_code"), [(Manner.WELL, 0), (Manner.HANGS, 1)])
def test_a_speech_server_is_checked(admin: Admin, tmp_path: Path, manner: Manner, exit_code: int) -> None:
    with VoskServer(look_ahead_model(tmp_path / "served"), manner) as server:
        service = admin.config / "service.toml"
        speech = f'\n[speech]\nbackend = "vosk-server"\nserver = "{server.address}"\n'
        service.write_text(service.read_text() + speech)
        result = admin.gives("check")
        assert result.exit_code == exit_code, result.output
        assert f"speech server {server.address}" in result.output
        assert server.address in admin.gives("list").output
