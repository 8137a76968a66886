"""Files are written whole, whoever else writes them; what is no regular file is written into, never replaced.

No test names a device that the machine needs: pipes, a pseudo-terminal and descriptors of this process stand in.
"""

import multiprocessing
import os
import pty
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from supplytrust.audits import record_folder
from supplytrust.cli.output import deliver
from supplytrust.formats.atomic import create_atomically, draft_beside, write_atomically


def write_record(path: Path, data: bytes) -> None:
    record_folder._write(path, data)


def write_output(path: Path, data: bytes) -> None:
    deliver(data, str(path))


WRITERS = [write_atomically, write_record, write_output]
every_writer = pytest.mark.parametrize("write", WRITERS)
BODIES = [bytes([65 + n]) * (200_000 + n) + b"\n" for n in range(4)]


def left_in(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


@pytest.mark.sampled(2)
@every_writer
def test_four_threads_write_one_file_and_readers_see_it_whole(write, tmp_path):
    path, done, seen = tmp_path / "out", threading.Event(), set()
    write(path, BODIES[0])

    def read():
        while not done.is_set():
            seen.add(path.read_bytes())

    def repeat(body):
        for _ in range(50):
            write(path, body)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(repeat, BODIES))
    finally:
        done.set()
        reader.join()
    assert seen <= set(BODIES)
    assert path.read_bytes() in BODIES
    assert left_in(tmp_path) == ["out"]


def test_four_processes_write_one_file(tmp_path):
    path = tmp_path / "out"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=write_atomically, args=(path, body)) for body in BODIES]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [w.exitcode for w in workers] == [0] * 4
    assert path.read_bytes() in BODIES
    assert left_in(tmp_path) == ["out"]


@every_writer
def test_a_link_is_followed_and_stays(write, tmp_path):
    (tmp_path / "store").mkdir()
    target, link = tmp_path / "store" / "target", tmp_path / "link"
    target.write_bytes(b"old\n")
    (tmp_path / "mid").symlink_to("store/target")
    link.symlink_to("mid")
    write(link, b"new\n")
    assert link.is_symlink()
    assert (tmp_path / "mid").is_symlink()
    assert target.read_bytes() == b"new\n"
    assert left_in(tmp_path) == ["link", "mid", "store"]


@every_writer
def test_a_link_to_nothing_makes_what_it_names(write, tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "link").symlink_to("store/target")
    write(tmp_path / "link", b"new\n")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "store" / "target").read_bytes() == b"new\n"


@every_writer
@pytest.mark.parametrize("linked", [False, True])
def test_a_pipe_is_written_into(write, linked, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write(tmp_path / "link" if linked else pipe, BODIES[1])
    reader.join(20)
    if reader.is_alive():  # the pipe was replaced: let the reader go
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    assert got == [BODIES[1]]
    assert stat.S_ISFIFO(pipe.lstat().st_mode)


@every_writer
def test_a_terminal_is_written_into(write):
    master, slave = pty.openpty()
    try:
        name = os.ttyname(slave)
        before = os.stat(name).st_ino
        write(Path(name), b"hello\n")
        assert os.read(master, 100).replace(b"\r", b"") == b"hello\n"
        assert os.stat(name).st_ino == before
        assert stat.S_ISCHR(os.stat(name).st_mode)
    finally:
        os.close(master)
        os.close(slave)


@every_writer
@pytest.mark.parametrize("folder", ["/dev/fd", "/proc/self/fd", "/proc/thread-self/fd"])
def test_a_descriptor_of_this_process_is_written_through(write, folder):
    if not os.path.isdir(folder):
        pytest.skip(f"no {folder} here")
    into, out = os.pipe()
    try:
        write(Path(f"{folder}/{out}"), b"hello\n")
        assert os.read(into, 100) == b"hello\n"
    finally:
        os.close(into)
        os.close(out)


@every_writer
def test_a_redirected_file_is_continued(write, tmp_path):
    """`(echo head; supplytrust ... -o /dev/stdout) > file` keeps the head, and the file stays the shell's own."""
    path = tmp_path / "out"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        os.write(handle, b"head\n")
        (tmp_path / "stdout").symlink_to(f"/proc/self/fd/{handle}")
        write(tmp_path / "stdout", b"body\n")
        os.write(handle, b"tail\n")
    finally:
        os.close(handle)
    assert path.read_bytes() == b"head\nbody\ntail\n"


def test_a_closed_descriptor_is_refused(tmp_path):
    handle = os.open(tmp_path, os.O_RDONLY)
    os.close(handle)
    with pytest.raises(OSError, match="Bad file descriptor"):
        write_atomically(f"/dev/fd/{handle}", b"x")


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444, 0o755])
@every_writer
def test_permissions_of_what_was_there_are_kept(write, mode, tmp_path):
    path = tmp_path / "out"
    path.write_bytes(b"old")
    path.chmod(mode)
    write(path, b"new\n")
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert path.read_bytes() == b"new\n"


def test_a_new_file_has_the_asked_mode_less_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "plain", b"")
        write_atomically(tmp_path / "own", b"", mode=0o600)
        create_atomically(tmp_path / "key", b"", mode=0o600)
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / n).stat().st_mode) for n in ("plain", "own", "key")]
    assert modes == [0o640, 0o600, 0o600]


@pytest.mark.parametrize("path", ["folder", "link", "folder/", "absent/"])
def test_a_folder_is_refused(path, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    with pytest.raises(IsADirectoryError):
        write_atomically(f"{tmp_path}/{path}", b"x")
    assert left_in(tmp_path) == ["folder", "link"]
    assert left_in(tmp_path / "folder") == []


def test_what_fails_leaves_the_old_file_and_no_draft(tmp_path, monkeypatch):
    path = tmp_path / "out"
    path.write_bytes(b"old")

    def full(handle, data):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            write_atomically(path, b"new")
    with pytest.raises(KeyboardInterrupt), draft_beside(path) as draft:
        Path(draft).write_bytes(b"half")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert left_in(tmp_path) == ["out"]


def test_short_writes_are_continued(tmp_path, monkeypatch):
    plain = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: plain(handle, data[:3]))
    write_atomically(tmp_path / "out", b"0123456789")
    assert (tmp_path / "out").read_bytes() == b"0123456789"


@pytest.mark.skipif(os.geteuid() == 0, reason="this machine runs the tests as root, who may write into any folder")
def test_a_writable_file_in_a_folder_that_is_not_is_refused(tmp_path):
    path = tmp_path / "folder" / "out"
    path.parent.mkdir()
    path.write_bytes(b"old")
    path.parent.chmod(0o500)
    try:
        with pytest.raises(PermissionError):
            write_atomically(path, b"new")
    finally:
        path.parent.chmod(0o700)
    assert path.read_bytes() == b"old"


def test_creating_never_replaces(tmp_path):
    create_atomically(tmp_path / "key", b"first", mode=0o600)
    (tmp_path / "dangling").symlink_to("nowhere")
    for name in ("key", "dangling"):
        with pytest.raises(FileExistsError):
            create_atomically(tmp_path / name, b"second")
    assert (tmp_path / "key").read_bytes() == b"first"
    assert left_in(tmp_path) == ["dangling", "key"]


def test_of_many_creators_one_wins(tmp_path):
    def attempt(n):
        try:
            create_atomically(tmp_path / "key", str(n).encode())
        except FileExistsError:
            return None
        return n

    with ThreadPoolExecutor(8) as pool:
        winners = [n for n in pool.map(attempt, range(40)) if n is not None]
    assert len(winners) == 1
    assert (tmp_path / "key").read_bytes() == str(winners[0]).encode()


def test_a_name_of_the_longest_kind_is_written(tmp_path):
    write_atomically(tmp_path / ("n" * 255), b"x")
    assert len(left_in(tmp_path)) == 1


def test_a_bare_name_is_of_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_atomically("out", b"x")
    create_atomically("key", b"x")
    assert left_in(tmp_path) == ["key", "out"]
