"""The token: made once, for the group at most, and refused when everybody could have read it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr_service.web.token import TokenError, load_or_make_token


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def test_a_token_is_made_at_the_first_start_for_the_owner_and_the_group(tmp_path: Path, umask: None) -> None:
    path = tmp_path / "state" / "token"
    token = load_or_make_token(path)
    assert len(token) >= 43
    assert path.stat().st_mode & 0o777 == 0o640
    assert [file.name for file in path.parent.iterdir()] == ["token"]


def test_the_token_stays_the_same(tmp_path: Path) -> None:
    path = tmp_path / "token"
    assert load_or_make_token(path) == load_or_make_token(path)


def test_two_sites_have_two_tokens(tmp_path: Path) -> None:
    assert load_or_make_token(tmp_path / "one") != load_or_make_token(tmp_path / "two")


@pytest.mark.parametrize("mode", [0o644, 0o642, 0o641])
def test_a_token_open_to_everybody_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "token"
    load_or_make_token(path)
    path.chmod(mode)
    with pytest.raises(TokenError, match="everybody"):
        load_or_make_token(path)


@pytest.mark.parametrize(
    "content", [b"", b"short", b"x" * 129, b"spaces in the middle of the token ....", b"\xff" * 40]
)
def test_a_file_without_a_token_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "token"
    path.write_bytes(content)
    path.chmod(0o640)
    with pytest.raises(TokenError, match="no token"):
        load_or_make_token(path)


def test_a_place_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TokenError, match="cannot use"):
        load_or_make_token(tmp_path / "file" / "token")
