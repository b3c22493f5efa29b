import shutil
import threading
from pathlib import Path

import pytest

from ivr_service.config import ConfigurationError
from ivr_service.policy.settings import SiteSettings
from ivr_service.service.settings_store import PreparationError, Refreshed, SettingsStore, SettingsWatcher

EXAMPLE = Path(__file__).parents[2] / "deploy/example"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "config"))


@pytest.fixture
def snapshots(tmp_path: Path) -> Path:
    return tmp_path / "state/last-good"


def rename_main_office(directory: Path, name: str) -> None:
    """Changes the file in one step, so that a watching thread cannot see half of it."""
    path = directory / "caller-ids.toml"
    temporary = directory / "caller-ids.toml.new"
    temporary.write_text(path.read_text().replace('"Main Office"', f'"{name}"'))
    temporary.replace(path)


def break_service_file(directory: Path) -> None:
    (directory / "service.toml").write_text("[trunk\n")


def main_name(store: SettingsStore) -> str:
    return store.current.settings.caller_ids.caller_ids[0].name


class Preparation:
    """Notes the names it was asked to prepare, and refuses one of them."""

    def __init__(self, refuses: str = "") -> None:
        self.refuses = refuses
        self.prepared: list[str] = []
        self.called = threading.Event()

    def __call__(self, settings: SiteSettings) -> None:
        name = settings.caller_ids.caller_ids[0].name
        self.called.set()
        if name == self.refuses:
            raise RuntimeError(f"{name} cannot be spoken")
        self.prepared.append(name)


def test_a_change_is_taken_when_two_looks_saw_the_same(directory: Path, snapshots: Path) -> None:
    store = SettingsStore(directory, snapshots)
    rename_main_office(directory, "Head Office")
    assert [store.refresh(), store.refresh(), store.refresh()] == [
        Refreshed.WAITING,
        Refreshed.ACTIVE,
        Refreshed.UNCHANGED,
    ]
    assert main_name(store) == "Head Office"


def test_a_file_that_is_still_being_written_is_not_read(directory: Path, snapshots: Path) -> None:
    store = SettingsStore(directory, snapshots)
    looks = []
    for part in ("[", "[service]\n", "[service]\n[trunk]\n"):
        (directory / "service.toml").write_text(part)
        looks.append(store.refresh())
    assert looks == [Refreshed.WAITING] * 3
    assert store.problems() == ()


def test_an_edit_that_is_undone_before_the_next_look_changes_nothing(
    directory: Path, snapshots: Path
) -> None:
    store = SettingsStore(directory, snapshots)
    (directory / "policy.toml").rename(directory / "policy.toml.away")
    assert store.refresh() is Refreshed.WAITING
    (directory / "policy.toml.away").rename(directory / "policy.toml")
    assert Refreshed.REJECTED not in (store.refresh(), store.refresh())
    assert store.problems() == ()


def test_a_broken_edit_keeps_the_last_good_set_and_says_why(directory: Path, snapshots: Path) -> None:
    store = SettingsStore(directory, snapshots)
    before = store.current
    break_service_file(directory)
    store.refresh()
    assert store.refresh() is Refreshed.REJECTED
    assert store.current is before
    assert store.problems() == (
        "service.toml:1: the table's name is not closed; end it with ], like [policy]",
    )


def test_a_repaired_edit_clears_the_problems(directory: Path, snapshots: Path) -> None:
    store = SettingsStore(directory, snapshots)
    break_service_file(directory)
    assert store.reload() is Refreshed.REJECTED
    shutil.copy(EXAMPLE / "service.toml", directory)
    assert store.reload() is Refreshed.ACTIVE
    assert store.problems() == ()


def test_a_missing_directory_keeps_the_last_good_set(directory: Path, snapshots: Path) -> None:
    store = SettingsStore(directory, snapshots)
    shutil.rmtree(directory)
    assert store.reload() is Refreshed.REJECTED
    assert len(store.problems()) == 5
    assert main_name(store) == "Main Office"


def test_a_broken_directory_at_the_start_gives_the_last_good_set(directory: Path, snapshots: Path) -> None:
    SettingsStore(directory, snapshots)
    break_service_file(directory)
    store = SettingsStore(directory, snapshots)
    assert main_name(store) == "Main Office"
    assert store.problems()[-1] == "The service runs with the last good configuration."
    assert store.problems()[0].startswith("service.toml:1:")
    assert store.refresh() is Refreshed.UNCHANGED
    assert store.problems() != ()


def test_a_broken_directory_without_a_last_good_set_stops_the_start(directory: Path, snapshots: Path) -> None:
    break_service_file(directory)
    with pytest.raises(ConfigurationError, match=r"service\.toml:1"):
        SettingsStore(directory, snapshots)


def test_the_kept_set_is_the_newest_good_one(directory: Path, snapshots: Path) -> None:
    store = SettingsStore(directory, snapshots)
    rename_main_office(directory, "Head Office")
    store.reload()
    break_service_file(directory)
    assert main_name(SettingsStore(directory, snapshots)) == "Head Office"


def test_only_one_copy_is_kept(directory: Path, snapshots: Path) -> None:
    store = SettingsStore(directory, snapshots)
    rename_main_office(directory, "Head Office")
    store.reload()
    assert sorted(path.name for path in snapshots.iterdir()) == sorted(
        [".lock", "current", store.current.fingerprint]
    )


def test_what_a_killed_writer_left_does_no_harm(directory: Path, snapshots: Path) -> None:
    (snapshots / ".new-abc").mkdir(parents=True)
    (snapshots / ".new-abc/service.toml").write_text("[")
    (snapshots / ".new-link").symlink_to("nowhere")
    SettingsStore(directory, snapshots)
    break_service_file(directory)
    assert main_name(SettingsStore(directory, snapshots)) == "Main Office"
    assert not (snapshots / ".new-abc").exists()


def test_a_place_that_cannot_be_written_is_reported_but_good_settings_count(
    directory: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    store = SettingsStore(directory, tmp_path / "file/last-good")
    assert main_name(store) == "Main Office"
    assert "cannot be kept" in store.problems()[0]


def test_a_set_is_prepared_before_it_becomes_active(directory: Path, snapshots: Path) -> None:
    preparation = Preparation()
    store = SettingsStore(directory, snapshots, preparation)
    rename_main_office(directory, "Head Office")
    store.reload()
    assert preparation.prepared == ["Main Office", "Head Office"]


def test_a_set_that_cannot_be_prepared_is_not_used(directory: Path, snapshots: Path) -> None:
    store = SettingsStore(directory, snapshots, Preparation(refuses="Head Office"))
    rename_main_office(directory, "Head Office")
    assert store.reload() is Refreshed.REJECTED
    assert main_name(store) == "Main Office"
    assert store.problems() == ("The configuration could not be made ready: Head Office cannot be spoken",)
    assert b"Main Office" in (snapshots / "current/caller-ids.toml").read_bytes()


def test_a_first_set_that_cannot_be_prepared_stops_the_start(directory: Path, snapshots: Path) -> None:
    with pytest.raises(PreparationError, match="cannot be spoken"):
        SettingsStore(directory, snapshots, Preparation(refuses="Main Office"))


def test_a_change_during_the_load_is_not_taken_for_the_change_before(
    directory: Path, snapshots: Path
) -> None:
    def edit_again(settings: SiteSettings) -> None:
        if settings.caller_ids.caller_ids[0].name == "Head Office":
            rename = directory / "caller-ids.toml"
            rename.write_text(rename.read_text().replace('"Head Office"', '"Front Office"'))

    store = SettingsStore(directory, snapshots, edit_again)
    rename_main_office(directory, "Head Office")
    assert store.reload() is Refreshed.WAITING
    assert main_name(store) == "Main Office"
    store.refresh()
    assert store.refresh() is Refreshed.ACTIVE
    assert main_name(store) == "Front Office"


class Reports:
    """Collects what the watcher reports, and wakes whoever waits for it."""

    def __init__(self) -> None:
        self.outcomes: list[Refreshed] = []
        self.reported = threading.Event()

    def __call__(self, outcome: Refreshed) -> None:
        self.outcomes.append(outcome)
        self.reported.set()


def test_the_watcher_reloads_at_once_when_asked(directory: Path, snapshots: Path) -> None:
    reports = Reports()
    store = SettingsStore(directory, snapshots)
    watcher = SettingsWatcher(store, interval_s=3600, report=reports)
    watcher.start()
    rename_main_office(directory, "Head Office")
    watcher.reload_soon()
    assert reports.reported.wait(10)
    watcher.stop()
    assert main_name(store) == "Head Office"


def test_the_watcher_notices_a_change_by_itself(directory: Path, snapshots: Path) -> None:
    reports = Reports()
    store = SettingsStore(directory, snapshots)
    watcher = SettingsWatcher(store, interval_s=0.01, report=reports)
    watcher.start()
    rename_main_office(directory, "Head Office")
    assert reports.reported.wait(10)
    watcher.stop()
    assert reports.outcomes == [Refreshed.ACTIVE]
    assert main_name(store) == "Head Office"


def test_the_watcher_stops_when_told(directory: Path, snapshots: Path) -> None:
    watcher = SettingsWatcher(SettingsStore(directory, snapshots), interval_s=3600)
    watcher.start()
    watcher.stop()
    assert "settings-watcher" not in {thread.name for thread in threading.enumerate()}


def test_readers_always_see_a_whole_set(directory: Path, snapshots: Path) -> None:
    store = SettingsStore(directory, snapshots)
    seen: set[tuple[str, str]] = set()
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            current = store.current
            seen.add((current.fingerprint, current.settings.caller_ids.caller_ids[0].name))

    reader = threading.Thread(target=read)
    reader.start()
    for before, after in (("Main Office", "Head Office"), ("Head Office", "Main Office")) * 3:
        path = directory / "caller-ids.toml"
        path.write_text(path.read_text().replace(before, after))
        store.reload()
    over.set()
    reader.join()
    assert len({fingerprint for fingerprint, _ in seen}) == len(seen) <= 2
