"""Archives come from elsewhere: nothing in them may reach outside their folder, or fill the disk."""

import contextlib
import io
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr_service.admin.model_archive import ArchiveError, unpack

Make = Callable[[Path, dict[str, bytes]], None]


def make_zip(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)


def make_tar(path: Path, files: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


either = pytest.mark.parametrize("make", [make_zip, make_tar])


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder two levels down, so that what escapes is seen."""
    folder = tmp_path / "outside" / "folder"
    folder.mkdir(parents=True)
    return folder


def everything(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}


@either
def test_files_are_unpacked_as_they_are(outside: Path, tmp_path: Path, make: Make) -> None:
    make(tmp_path / "archive", {"model-1.0/am/final.mdl": b"network", "./model-1.0/README": b"text"})
    unpack(tmp_path / "archive", outside, 1000)
    assert (outside / "model-1.0/am/final.mdl").read_bytes() == b"network"
    assert (outside / "model-1.0/README").read_bytes() == b"text"
    assert stat.S_IMODE((outside / "model-1.0/README").stat().st_mode) & 0o111 == 0


@either
@pytest.mark.parametrize(
    "name",
    [
        "../escaped",
        "a/../../escaped",
        "/etc/escaped",
        "..",
        "a/..",
        "c:\\escaped",
        "..\\escaped",
        "a\nb",
        "./../x",
    ],
)
def test_no_name_leads_outside(outside: Path, tmp_path: Path, make: Make, name: str) -> None:
    make(tmp_path / "archive", {name: b"escaped"})
    with pytest.raises(ArchiveError, match="no name of a file below its folder"):
        unpack(tmp_path / "archive", outside, 1000)
    assert everything(tmp_path) == {"archive"}


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_there_are_no_links_and_devices_in_a_tar(outside: Path, tmp_path: Path, kind: bytes) -> None:
    with tarfile.open(tmp_path / "archive", "w:gz") as archive:
        member = tarfile.TarInfo("am")
        member.type, member.linkname = kind, "/etc"
        archive.addfile(member)
    with pytest.raises(ArchiveError, match="a link or a device"):
        unpack(tmp_path / "archive", outside, 1000)
    assert list(outside.iterdir()) == []


def test_there_are_no_links_in_a_zip(outside: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "archive", "w") as archive:
        member = zipfile.ZipInfo("am")
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(member, "/etc")
    with pytest.raises(ArchiveError, match="a link or a device"):
        unpack(tmp_path / "archive", outside, 1000)
    assert list(outside.iterdir()) == []


@either
def test_what_is_larger_unpacked_than_allowed_is_refused(outside: Path, tmp_path: Path, make: Make) -> None:
    make(tmp_path / "archive", {"a": bytes(600), "b": bytes(500)})
    with pytest.raises(ArchiveError, match="larger than most_mb"):
        unpack(tmp_path / "archive", outside, 1000)
    assert sum(path.stat().st_size for path in outside.rglob("*")) <= 1000


@either
@pytest.mark.parametrize("names", [("a", "a/b"), ("a/b", "a")])
def test_a_file_that_is_a_folder_too_is_refused(
    outside: Path, tmp_path: Path, make: Make, names: tuple[str, str]
) -> None:
    make(tmp_path / "archive", dict.fromkeys(names, b"x"))
    with pytest.raises(ArchiveError, match="twice"):
        unpack(tmp_path / "archive", outside, 1000)


def test_the_same_file_twice_is_refused(outside: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "archive", "w:gz") as archive:
        for content in (b"first", b"other"):
            member = tarfile.TarInfo("am")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    with pytest.raises(ArchiveError, match="twice"):
        unpack(tmp_path / "archive", outside, 1000)
    assert (outside / "am").read_bytes() == b"first"


@either
def test_more_files_than_a_model_has_are_refused(outside: Path, tmp_path: Path, make: Make) -> None:
    make(tmp_path / "archive", {f"f{number}": b"" for number in range(10_001)})
    with pytest.raises(ArchiveError, match="more than 10000"):
        unpack(tmp_path / "archive", outside, 1000)


@either
def test_a_cut_off_or_changed_archive_is_refused(outside: Path, tmp_path: Path, make: Make) -> None:
    make(tmp_path / "whole", {"a": bytes(range(256)) * 100})
    whole = (tmp_path / "whole").read_bytes()
    (tmp_path / "archive").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ArchiveError):
        unpack(tmp_path / "archive", outside, 100_000)


@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"PK\x05\x06"]))
def test_any_bytes_are_refused_plainly(content: bytes, start: bytes) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        archive, folder = Path(scratch) / "archive", Path(scratch) / "folder"
        folder.mkdir()
        archive.write_bytes(start + content)
        with contextlib.suppress(ArchiveError):
            unpack(archive, folder, 1000)
        assert everything(Path(scratch)) - {"archive"} == {f"folder/{name}" for name in everything(folder)}


names = st.text(st.sampled_from("ab./\\ \n:~$"), min_size=1, max_size=12)


@given(st.dictionaries(names, st.binary(max_size=10), max_size=4), st.sampled_from([make_zip, make_tar]))
def test_whatever_the_names_all_files_are_below_the_folder(files: dict[str, bytes], make: Make) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        archive, folder = Path(scratch) / "archive", Path(scratch) / "deep" / "folder"
        folder.mkdir(parents=True)
        make(archive, files)
        with contextlib.suppress(ArchiveError):
            unpack(archive, folder, 1000)
        assert everything(Path(scratch)) - {"archive"} == {
            f"deep/folder/{name}" for name in everything(folder)
        }
