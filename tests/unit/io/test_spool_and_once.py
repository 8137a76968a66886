"""Bytes that lie in a file, work that is done once, and an allocator that gives back."""

from __future__ import annotations

import gc
import io
import os
import subprocess
import sys
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from supplytrust.errors import MalformedError
from supplytrust.io.archives import reader
from supplytrust.io.archives.collector import RESIDENT, Limits, Piece, Spool
from supplytrust.io.context import SingleFlight


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return out.getvalue()


def test_pieces_of_a_spool_read_back_and_leave_no_file(tmp_path):
    spool = Spool(tmp_path)
    one, two = spool.put([b"abc", b"def"]), spool.put([b"", b"ghi"])
    assert (one.read(), two.read(), os.listdir(tmp_path)) == (b"abcdef", b"ghi", [])
    file = two.open()
    assert (file.read(2), file.tell(), file.seek(-1, 2), file.read(), file.seek(1), file.read(9)) == (
        b"gh",
        2,
        2,
        b"i",
        1,
        b"hi",
    )
    with pytest.raises(ValueError):
        file.seek(-10)
    file.close()


def test_a_spool_is_closed_with_its_last_piece(tmp_path):
    gc.collect()  # what earlier tests have left goes before the count
    before = len(os.listdir("/proc/self/fd"))
    piece = Spool(tmp_path).put([b"x"])
    assert piece.read() == b"x"
    assert len(os.listdir("/proc/self/fd")) == before + 1
    del piece
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before


def test_an_archive_reads_the_same_with_and_without_a_spool(tmp_path):
    members = {f"a/{n}.py": b"x = %d\n" % n * 40_000 for n in range(12)}
    members |= {"a/lib.so": b"\x7fELF" + bytes(500_000), "a/data.bin": bytes(300_000), "a/empty.py": b""}
    data = zipped(members)

    def keep(path, head):
        return head.startswith(b"\x7fELF") or reader.textual(path, head)

    plain, spooled = reader.read(data, "a.zip", keep=keep), reader.read(data, "a.zip", keep=keep, spool=Spool(tmp_path))
    assert [(e.path, e.size, e.sha256, e.head, e.data) for e in plain.entries] == [
        (e.path, e.size, e.sha256, e.head, e.data) for e in spooled.entries
    ]
    held = sum(len(e.stored) for e in spooled.entries if isinstance(e.stored, bytes))
    assert held <= RESIDENT < sum(e.size for e in plain.entries if e.kept)
    found = {e.path: e for e in spooled.entries}
    assert isinstance(found["a/lib.so"].stored, Piece)
    assert found["a/lib.so"].open().read() == members["a/lib.so"]
    assert found["a/data.bin"].data is None and found["a/data.bin"].open() is None
    assert found["a/empty.py"].kept and found["a/empty.py"].data == b""


def test_elf_files_take_no_room_from_text():
    data = zipped({"a.so": b"\x7fELF" + bytes(1000), "b.so": b"\x7fELF" + bytes(1000), "c.py": b"c", "d.py": b"d" * 99})
    limits = Limits(keep_member=50, keep_total=50, elf_member=1500, elf_total=1500)
    read = reader.read(data, "a.zip", limits=limits, keep=reader.everything)
    assert [e.kept for e in read.entries] == [True, False, True, False]


def test_work_is_done_once_by_whoever_comes_first():
    once, made, start = SingleFlight(), [], threading.Barrier(8)

    def work():
        made.append(1)
        return object()

    def ask(_):
        start.wait(5)
        return once.get("key", work)

    with ThreadPoolExecutor(8) as pool:
        answers = set(map(id, pool.map(ask, range(8))))
    assert (len(answers), made) == (1, [1])


def test_an_error_is_an_answer_too():
    once, tried = SingleFlight(), []

    def work():
        tried.append(1)
        raise MalformedError("no")

    for _ in range(3):
        with pytest.raises(MalformedError, match="no"):
            once.get("key", work)
    assert tried == [1]
    once.clear()
    assert once.get("key", lambda: 5) == 5


def test_what_was_not_asked_for_lately_is_let_go():
    once = SingleFlight(most=2)
    for key in ("a", "b", "a", "c"):
        once.get(key, lambda key=key: key)
    made = []
    for key in ("a", "c", "b"):
        once.get(key, lambda key=key: made.append(key))
    assert made == ["b"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc only")
def test_the_allocator_takes_the_switch_and_the_program_goes_on():
    code = "from supplytrust.io.processes import worker; print(worker.give_back(), len(bytes(10**7)))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert told[0] in ("True", "False") and told[1] == "10000000"
