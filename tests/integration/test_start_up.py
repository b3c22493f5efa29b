"""What happens before calls are taken: no other service is disturbed, and no slip stops the start."""

import shutil
import stat
from contextlib import closing
from pathlib import Path

import pytest

from ivr_service.admin.site_prompts import build_without_voice
from ivr_service.composition import Site, open_database, prepare_prompts, serve, write_front_end_settings
from ivr_service.prompting.builder import BuildError
from ivr_service.prompting.clips import clip_path
from ivr_service.prompting.manifest import read_manifest
from ivr_service.web.server import ServerError, sole_server
from tests.conftest import EXAMPLE


def prepare(site: Site) -> None:
    """As a start does it."""
    with closing(open_database(site)) as database:
        prepare_prompts(site, database)


def test_a_second_service_touches_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    with sole_server(tmp_path):
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(ServerError, match="stop it, or name another folder"):
            serve(Site(EXAMPLE, tmp_path), lambda: pytest.fail("it said that it starts"))
        assert sorted(tmp_path.rglob("*")) == before


def test_the_front_ends_settings_can_be_copied_for_asterisk(tmp_path: Path) -> None:
    path = write_front_end_settings(Site(EXAMPLE, tmp_path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    folder = tmp_path / "recordings" / "voices"  # Asterisk's user, in the service's group, writes there
    assert stat.S_IMODE(folder.stat().st_mode) == 0o2770


def test_prompts_that_cannot_be_made_stop_a_first_start(tmp_path: Path) -> None:
    site = Site(EXAMPLE, tmp_path)
    site.prompts.write_text("a file where the folder should be")
    with pytest.raises(BuildError):
        prepare(site)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with every prompt."""
    site = Site(EXAMPLE, tmp_path_factory.mktemp("site"))
    prepare(site)
    return site


def test_a_start_with_every_prompt_starts_no_builder(built: Site, capfd: pytest.CaptureFixture[str]) -> None:
    before = read_manifest(built.prompts)
    assert build_without_voice(EXAMPLE, built.state, "en")
    prepare(built)
    assert capfd.readouterr().out == "", "a builder says what it made"
    assert read_manifest(built.prompts) == before


def test_a_start_makes_a_prompt_that_has_gone_and_no_other(
    built: Site, capfd: pytest.CaptureFixture[str]
) -> None:
    clip = clip_path(built.prompts, read_manifest(built.prompts).languages["en"].prompts["goodbye"].sound)
    clip.unlink()
    assert not build_without_voice(EXAMPLE, built.state, "en")
    prepare(built)
    assert clip.is_file()
    assert "1 made" in capfd.readouterr().out


def test_prompts_that_cannot_be_made_anew_do_not_stop_a_later_start(built: Site, tmp_path: Path) -> None:
    """A clip is missing and cannot be made again: what is there stays in use, and the start goes on."""
    site = Site(EXAMPLE, tmp_path / "state")
    shutil.copytree(built.state, site.state)
    clips = site.prompts / "en"
    shutil.rmtree(clips)
    clips.write_text("a file where the folder should be")
    prepare(site)
    assert clips.is_file()
