"""The configuration and its last good copy on a real disk: rights, editors, and several processes at once."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ivr_service.config import ConfigurationError, load_settings
from ivr_service.service.settings_store import Refreshed, SettingsStore

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "deploy/example"
NOBODY = 65534

RELOAD_OFTEN = """
import sys
from pathlib import Path
from ivr_service.service.settings_store import SettingsStore

directory, snapshots, name = sys.argv[1:]
path = Path(directory, "caller-ids.toml")
text = path.read_text()
for turn in range(30):
    path.write_text(text.replace("Main Office", f"{name} {'AB'[turn % 2]}"))
    store = SettingsStore(Path(directory), Path(snapshots))
    assert store.problems() == (), store.problems()
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "config"))


@contextmanager
def no_right_to_read(directory: Path) -> Iterator[None]:
    """Takes the right away; root, who may read everything, becomes nobody for a while."""
    mode = directory.stat().st_mode
    directory.chmod(0)
    is_root = os.geteuid() == 0
    try:
        if is_root:
            os.seteuid(NOBODY)
        yield
    finally:
        if is_root:
            os.seteuid(0)
        directory.chmod(mode)


def test_files_that_may_not_be_read_are_told(directory: Path) -> None:
    load_settings(directory)
    with no_right_to_read(directory), pytest.raises(ConfigurationError) as error:
        load_settings(directory)
    assert [str(problem) for problem in error.value.problems] == [
        f"{name}: the file may not be read by the service; give its user the right to read it"
        for name in ("service.toml", "caller-ids.toml", "mailboxes.toml", "policy.toml", "speed-dials.toml")
    ]


def test_a_running_service_keeps_its_settings_when_the_right_is_taken_away(
    directory: Path, tmp_path: Path
) -> None:
    store = SettingsStore(directory, tmp_path / "last-good")
    before = store.current
    with no_right_to_read(directory):
        assert [store.refresh(), store.refresh()] == [Refreshed.WAITING, Refreshed.REJECTED]
        assert len(store.problems()) == 5
    assert store.current is before


def _replaced_by_rename(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.swp")
    temporary.write_text(text)
    temporary.replace(path)


def _written_in_place(path: Path, text: str) -> None:
    path.write_text(text)


def _moved_away_and_written_anew(path: Path, text: str) -> None:
    path.rename(path.with_name(f"{path.name}~"))
    path.write_text(text)


@pytest.mark.parametrize("save", [_replaced_by_rename, _written_in_place, _moved_away_and_written_anew])
def test_every_way_an_editor_saves_is_noticed(
    save: Callable[[Path, str], None], directory: Path, tmp_path: Path
) -> None:
    store = SettingsStore(directory, tmp_path / "last-good")
    path = directory / "policy.toml"
    save(path, path.read_text().replace("calls_per_hour = 20", "calls_per_hour = 21"))
    assert [store.refresh(), store.refresh()] == [Refreshed.WAITING, Refreshed.ACTIVE]
    assert store.current.settings.policy.policy.limits.calls_per_hour == 21


def test_an_edit_of_the_same_length_within_the_same_second_is_noticed(
    directory: Path, tmp_path: Path
) -> None:
    store = SettingsStore(directory, tmp_path / "last-good")
    path = directory / "policy.toml"
    status = path.stat()
    path.write_text(path.read_text().replace("calls_per_hour = 20", "calls_per_hour = 19"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert [store.refresh(), store.refresh()] == [Refreshed.WAITING, Refreshed.ACTIVE]


def test_workers_that_reload_at_once_leave_a_whole_last_good_copy(tmp_path: Path) -> None:
    snapshots = tmp_path / "last-good"
    workers = []
    for name in ("East", "West"):
        directory = shutil.copytree(EXAMPLE, tmp_path / name)
        command = [sys.executable, "-c", RELOAD_OFTEN, str(directory), str(snapshots), name]
        workers.append(subprocess.Popen(command, cwd=ROOT))
    assert [worker.wait(60) for worker in workers] == [0, 0]
    kept = load_settings(snapshots / "current").settings.caller_ids.caller_ids[0].name
    assert kept in ("East B", "West B")
    assert len([entry for entry in snapshots.iterdir() if entry.is_dir() and not entry.is_symlink()]) == 1
