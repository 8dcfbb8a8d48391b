"""What every file store promises (`ports.Blobs`), and what the folder promises beyond."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from tests import cloud
from zoho_privacy.adapters.blobs import CHUNK, FolderBlobs, MemoryBlobs
from zoho_privacy.adapters.s3 import S3Blobs
from zoho_privacy.domain.errors import BadInput, NotFound, StoreUnavailable
from zoho_privacy.ports import Blobs


@pytest.fixture(params=["folder", "memory", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    if request.param == "s3":
        client = cloud.client("s3", request.getfixturevalue("aws"))
        return S3Blobs(client, cloud.bucket(client))
    return FolderBlobs(tmp_path / "files") if request.param == "folder" else MemoryBlobs()


def read(blobs: Blobs, name: str) -> bytes:
    return b"".join(blobs.get(name))


def test_a_file_comes_back_in_chunks(blobs: Blobs) -> None:
    data = os.urandom(CHUNK + 17)
    assert blobs.put("exports/case-1/data.zip", [data[:5], b"", data[5:]]) == len(data)
    chunks = list(blobs.get("exports/case-1/data.zip"))
    assert b"".join(chunks) == data
    assert len(chunks) == 2


def test_an_empty_file_is_a_file(blobs: Blobs) -> None:
    assert blobs.put("empty", []) == 0
    assert read(blobs, "empty") == b""
    assert blobs.names("") == ["empty"]


def test_a_file_of_the_same_name_is_replaced(blobs: Blobs) -> None:
    blobs.put("plan.json", [b"a long first version"])
    blobs.put("plan.json", [b"second"])
    assert read(blobs, "plan.json") == b"second"


def test_what_is_not_there_is_not_found_before_the_first_chunk(blobs: Blobs) -> None:
    with pytest.raises(NotFound):
        blobs.get("exports/none")


def test_deleting_says_whether_there_was_anything(blobs: Blobs) -> None:
    blobs.put("a/b", [b"x"])
    assert (blobs.delete("a/b"), blobs.delete("a/b"), blobs.delete("never/was")) == (True, False, False)
    with pytest.raises(NotFound):
        blobs.get("a/b")


def test_names_are_sorted_and_begin_with_the_prefix(blobs: Blobs) -> None:
    for name in ("exports/2", "exports/10", "exports.old", "plans/1", "exports/2.sig"):
        blobs.put(name, [b"x"])
    assert blobs.names("exports/") == ["exports/10", "exports/2", "exports/2.sig"]
    assert blobs.names("exports") == ["exports.old", "exports/10", "exports/2", "exports/2.sig"]
    assert blobs.names("none") == []
    assert len(blobs.names("")) == 5


@pytest.mark.parametrize(
    "name",
    [
        "", "/", "/etc/passwd", "..", "../up", "a/../b", "a/./b", "a//b", "a/", "./a", ".hidden", "a/.hidden", "a\\b",
        "a b", "ä", "a\n", "a\x00", "~", "C:x", "x" * 201, "/".join("a" * 20), "٣",
    ],
)  # fmt: skip
def test_a_name_that_could_lead_elsewhere_is_refused(blobs: Blobs, name: str) -> None:
    for call in (lambda: blobs.put(name, [b"x"]), lambda: list(blobs.get(name)), lambda: blobs.delete(name)):
        with pytest.raises(BadInput):
            call()
    assert blobs.names("") == []


def test_a_source_that_fails_leaves_the_old_file_and_nothing_else(blobs: Blobs) -> None:
    """An export is streamed from Desk: half of one must never look like a whole one."""

    def broken() -> Iterator[bytes]:
        yield b"half of "
        raise ConnectionError

    blobs.put("export", [b"old"])
    for name in ("export", "other"):
        with pytest.raises(ConnectionError):
            blobs.put(name, broken())
    assert read(blobs, "export") == b"old"
    assert blobs.names("") == ["export"]


def test_a_reader_sees_one_version_whole(blobs: Blobs) -> None:
    size = 3 * CHUNK
    blobs.put("f", [b"0" * size])

    def write() -> None:
        for number in range(1, 20):
            blobs.put("f", [str(number % 10).encode() * CHUNK] * 3)

    writer = Thread(target=write)
    writer.start()
    while writer.is_alive():
        seen = read(blobs, "f")
        assert len(seen) == size
        assert len(set(seen)) == 1
    writer.join()


# ------------------------------------------------------------------------------------------------------ the folder


def test_files_and_folders_are_their_owners_alone(tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        FolderBlobs(tmp_path / "a" / "files").put("x/y/z", [b"secret"])
    finally:
        os.umask(mask)
    made = [tmp_path / "a", *(tmp_path / "a").rglob("*")]
    assert len(made) == 5
    assert [oct(path.stat().st_mode & 0o777) for path in made] == ["0o700"] * 4 + ["0o600"]


def test_nothing_is_left_beside_a_file(tmp_path: Path) -> None:
    FolderBlobs(tmp_path).put("f", [b"x"])
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_a_half_written_file_of_a_killed_process_has_no_name(tmp_path: Path) -> None:
    code = (
        "import sys, time\n"
        "from zoho_privacy.adapters.blobs import FolderBlobs\n"
        "def chunks():\n"
        "    yield b'half'\n"
        "    print('half', flush=True)\n"
        "    time.sleep(60)\n"
        "FolderBlobs(sys.argv[1]).put('export', chunks())\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "half\n"
        process.send_signal(signal.SIGKILL)
    blobs = FolderBlobs(tmp_path)
    assert blobs.names("") == []
    blobs.put("export", [b"whole"])
    assert (read(blobs, "export"), blobs.names("")) == (b"whole", ["export"])


def test_a_name_cannot_be_file_and_folder(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    blobs.put("a/b", [b"x"])
    for name in ("a", "a/b/c", "a/b/c/d"):
        with pytest.raises(BadInput):
            blobs.put(name, [b"y"])
    assert (blobs.names(""), read(blobs, "a/b")) == (["a/b"], b"x")


def test_a_disk_that_takes_no_more_is_unavailable_and_keeps_the_old_file(tmp_path: Path) -> None:
    """The kernel itself refuses: the process may write no file larger than 64 KB."""
    blobs = FolderBlobs(tmp_path)
    blobs.put("export", [b"old"])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, limits[1]))
    try:
        with pytest.raises(StoreUnavailable) as caught:
            blobs.put("export", [b"x" * 50_000] * 3)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert str(tmp_path) not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["export"]
    assert read(blobs, "export") == b"old"
