"""Archives made here, honest and bad: every defect has its code or its error, quickly and in little memory."""

import bz2
import gzip
import hashlib
import io
import lzma
import random
import stat
import struct
import tarfile
import tracemalloc
import zipfile
import zlib

import pytest

from simulators.cost import within
from supplytrust.errors import MalformedError, SourceError, TooLargeError
from supplytrust.io.archives import zip as zip_walk
from supplytrust.io.archives.collector import Limits
from supplytrust.io.archives.reader import everything, read
from supplytrust.model.claims.artifact import MemberKind


def make_zip(*members, comment=b""):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            info = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
        archive.comment = comment
    return buffer.getvalue()


def make_tar(*members, mode="w:gz"):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, format=tarfile.PAX_FORMAT) as archive:
        for name, content in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            else:
                archive.addfile(info)
    return buffer.getvalue()


def special(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def codes(data, name):
    return sorted({problem.partition(":")[0] for problem in read(data, name).problems})


HONEST = (("pkg/__init__.py", b"x = 1\n"), ("pkg/data.bin", b"\x00\x01" * 5000), ("README", b"hello"))


@pytest.mark.parametrize("name", ["a.whl", "a.zip", "a.tar.gz", "a.tar.bz2", "a.tar.xz", "a.tar"])
def test_honest_archives_of_all_formats_say_the_same(name):
    if name.endswith((".whl", ".zip")):
        data = make_zip(*HONEST)
    else:
        data = make_tar(*HONEST, mode="w:" + name.rpartition(".")[2].replace("tar", ""))
    archive = read(data, name)
    assert [(e.path, e.size, e.sha256) for e in archive.entries] == [
        (path, len(content), hashlib.sha256(content).hexdigest()) for path, content in HONEST
    ]
    assert archive.problems == ()
    assert [e.data for e in archive.entries] == [b"x = 1\n", None, b"hello"]
    assert [e.kind for e in archive.entries] == [MemberKind.PYTHON, MemberKind.DATA, MemberKind.TEXT]


def test_keep_decides_which_bytes_stay_and_limits_win():
    archive = read(make_zip(*HONEST), "a.whl", keep=everything)
    assert all(e.data is not None for e in archive.entries)
    bounded = read(make_zip(*HONEST), "a.whl", keep=everything, limits=Limits(keep_total=100))
    assert [e.data is None for e in bounded.entries] == [False, True, False]


def test_truncated_or_foreign_bytes_are_malformed():
    whole_zip, whole_tar = make_zip(*HONEST), make_tar(*HONEST)
    plain = make_tar(*HONEST, mode="w:")
    bad = [
        (b"", "a.whl"),
        (b"", "a.tar.gz"),
        (b"<html>no</html>", "a.whl"),
        (b"<html>no</html>" * 99, "a.tar.gz"),
    ]
    bad += [(whole_zip[:cut], "a.whl") for cut in (10, 60, len(whole_zip) - 30, len(whole_zip) - 1)]
    bad += [(whole_tar[:cut], "a.tar.gz") for cut in (5, 40, len(whole_tar) - 8, len(whole_tar) - 1)]
    bad += [
        (bz2.compress(plain)[:-9], "a.tar.bz2"),
        (lzma.compress(plain)[:-30], "a.tar.xz"),
        (plain[:700], "a.tar"),
    ]
    bad += [
        (gzip.compress(b"no tar at all" * 100), "a.tar.gz"),
        (whole_zip, "a.tar.gz"),
        (whole_tar, "a.whl"),
    ]
    for data, name in bad:
        with pytest.raises(MalformedError):
            read(data, name)


def test_flipped_bits_are_never_taken_for_the_original():
    data = make_zip(("a.txt", b"some text that is long enough to be deflated " * 20))
    original = read(data, "a.whl")
    for at in range(len(data)):
        flipped = data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]
        try:
            archive = read(flipped, "a.whl")
        except SourceError:
            continue
        same_members = archive.entries == original.entries
        harmless = at in _UNREAD_FIELDS(data)
        assert not same_members or archive.problems or harmless, at


def _UNREAD_FIELDS(data):
    """Version, time, system, attributes and the low bits of flags: no reader's contents depend on them."""
    central = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    local = {4, 5, *range(10, 14)}
    directory = {*range(4, 8), *range(12, 16), *range(34, 42)}
    return local | {central + n for n in directory} | {end + n for n in range(4, 10)}


def test_a_header_broken_in_the_middle_does_not_hide_what_follows():
    plain = bytearray(make_tar(*HONEST, mode="w:"))
    second = plain.index(b"pkg/data.bin")
    plain[second] ^= 0xFF
    with pytest.raises(MalformedError):
        read(bytes(plain), "a.tar")


BOMB = 80 * 2**20


BOMBS = {  # made only when they are asked for
    "deflate.whl": lambda: make_zip(("a", bytes(BOMB))),
    "lying.whl": lambda: _lie_about_size(make_zip(("a", bytes(BOMB)))),
    "many.whl": lambda: make_zip(*((f"a{n}", bytes(2**20)) for n in range(70))),
    "gzip.tar.gz": lambda: gzip.compress(make_tar(("a", bytes(BOMB)), mode="w:"), 1),
    "pax.tar.gz": lambda: gzip.compress(_pax_bomb(), 1),
    "bzip2.tar.bz2": lambda: bz2.compress(make_tar(("a", bytes(BOMB)), mode="w:"), 1),
}


def _pax_bomb():
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 2**25
    return info.tobuf() + b"1" * 2**25


def _lie_about_size(data):
    true = struct.pack("<L", BOMB)
    return data.replace(true, struct.pack("<L", 1000))


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.sampled(1)
def test_bombs_are_refused_quickly_and_in_little_memory(name):
    data = BOMBS[name]()
    within(1, lambda: _refused(data, name))
    tracemalloc.start()
    _refused(data, name)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * 2**20


def _refused(data, name):
    with pytest.raises((TooLargeError, MalformedError)):
        read(data, name)


def test_counts_depths_and_long_paths_are_limited():
    few = Limits(members=3)
    for data, name in (
        (make_zip(*((f"{n}", b"") for n in range(4))), "a.whl"),
        (make_tar(*((f"{n}", b"") for n in range(4))), "a.tar.gz"),
    ):
        with pytest.raises(TooLargeError):
            read(data, name, limits=few)
    for path in ("a/" * 100 + "x", "a" * 2000):
        with pytest.raises(TooLargeError):
            read(make_zip((path, b"")), "a.whl")
        with pytest.raises(TooLargeError):
            read(make_tar((path, b"")), "a.tar.gz")


def test_chained_tar_headers_do_not_exhaust_the_stack():
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 512
    with pytest.raises(MalformedError):
        read((info.tobuf() + b"n" * 512) * 5000, "a.tar")


ESCAPES = ["/etc/x", "../x", "a/../../x", "C:/x", "c:x", "..\\x", "\\x", "a\\..\\..\\x"]


@pytest.mark.parametrize("path", ESCAPES)
def test_paths_that_leave_the_folder_are_told(path):
    assert "path-escape" in codes(make_zip((path, b"x")), "a.whl")
    assert "path-escape" in codes(make_tar((path, b"x")), "a.tar.gz")


def test_a_zero_byte_in_a_name_is_told():
    data = make_zip(("aXb.py", b"x")).replace(b"aXb.py", b"a\x00b.py")
    assert "path-escape" in codes(data, "a.whl")


def test_duplicates_and_case_twins_are_told():
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = make_zip(("a", b"1"), ("a", b"2"))
    assert codes(twice, "a.whl") == ["duplicate-member"]
    assert codes(make_tar(("a", b"1"), ("a", b"2")), "a.tar.gz") == ["duplicate-member"]
    assert codes(make_zip(("A", b"1"), ("a", b"2")), "a.whl") == ["case-collision"]
    assert codes(make_zip(("\u00e9", b"1"), ("e\u0301", b"2")), "a.whl") == ["case-collision"]


def test_links_inside_are_recorded_and_links_outside_are_told():
    inside = make_tar(("r/a.py", b"x"), (special("r/b/c.py", tarfile.SYMTYPE, "../a.py"), None))
    assert codes(inside, "a.tar.gz") == []
    assert read(inside, "a.tar.gz").entries[1].link == "../a.py"
    hard = make_tar(("r/a.py", b"x"), (special("r/b/c.py", tarfile.LNKTYPE, "r/a.py"), None))
    assert codes(hard, "a.tar.gz") == []
    assert read(hard, "a.tar.gz").entries[1].link == "../a.py"
    for target in ("/etc/passwd", "../../x", "C:\\x"):
        assert codes(make_tar((special("r/l", tarfile.SYMTYPE, target), None)), "a.tar.gz") == ["link"]
        assert codes(make_tar((special("r/l", tarfile.LNKTYPE, target), None)), "a.tar.gz") == ["link"]
    info = zipfile.ZipInfo("l")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    assert codes(make_zip((info, b"/etc/passwd")), "a.whl") == ["link"]


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_devices_are_told(kind):
    assert codes(make_tar((special("r/d", kind), None)), "a.tar.gz") == ["device"]
    info = zipfile.ZipInfo("d")
    info.create_system, info.external_attr = 3, (stat.S_IFCHR | 0o666) << 16
    assert codes(make_zip((info, b"")), "a.whl") == ["device"]


def test_bytes_before_between_and_after_are_told():
    data = make_zip(("a", b"1"), ("b", b"2"))
    assert codes(b"#!/bin/sh\n" + data, "a.whl") == ["prefix"]
    assert codes(data + b"tail", "a.whl") == ["trailing"]
    assert codes(make_zip(("a", b"1"), comment=b"hi"), "a.whl") == ["comment"]
    assert codes(_with_gap(data), "a.whl") == ["gap"]
    plain = make_tar(*HONEST, mode="w:")
    assert codes(gzip.compress(plain + b"tail"), "a.tar.gz") == ["trailing"]


def _with_gap(data):
    """Bytes between the last member and the central directory, offsets corrected."""
    start = data.index(b"PK\x01\x02")
    end = bytearray(data[data.index(b"PK\x05\x06") :])
    end[16:20] = struct.pack("<L", start + 7)
    return data[:start] + b"hidden!" + data[start : data.index(b"PK\x05\x06")] + bytes(end)


def test_two_headers_that_disagree_are_told():
    data = make_zip(("good.py", b"print()"))
    assert codes(data.replace(b"good.py", b"evil.py", 1), "a.whl") == ["name-mismatch"]
    local_flags = data[:6] + b"\x02\x00" + data[8:]
    assert codes(local_flags, "a.whl") == ["flag-mismatch"]
    local_size = data[:22] + struct.pack("<L", 3) + data[26:]
    assert codes(local_size, "a.whl") == ["size-mismatch"]


def test_extra_fields_that_could_rename_are_told_and_times_are_not():
    for tag, expected in ((0x7075, ["extra-field"]), (0x5455, [])):
        info = zipfile.ZipInfo("a.py")
        info.extra = struct.pack("<HH", tag, 5) + b"12345"
        assert codes(make_zip((info, b"x")), "a.whl") == expected


def test_streamed_zips_with_data_descriptors_are_clean():
    class Unseekable(io.RawIOBase):
        def __init__(self):
            self.parts = []

        def writable(self):
            return True

        def write(self, data):
            self.parts.append(bytes(data))
            return len(data)

    sink = Unseekable()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.py", b"x" * 1000)
        archive.writestr("b.py", b"")
    data = b"".join(sink.parts)
    assert codes(data, "a.whl") == []
    assert [e.size for e in read(data, "a.whl").entries] == [1000, 0]


def test_overlapping_members_are_refused():
    data = bytearray(make_zip(("a", b"1" * 50), ("b", b"1" * 50)))
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    data[second + 42 : second + 46] = struct.pack("<L", 0)
    with pytest.raises(MalformedError, match="overlap"):
        read(bytes(data), "a.whl")


class CountingInflater:
    """Stands in for `zlib.decompressobj` and adds up how many bytes were given to it and handed back by it."""

    def __init__(self, *args):
        self._inner = zlib._original(*args)

    def decompress(self, data, *bounds):
        CountingInflater.fed += len(data)
        return self._inner.decompress(data, *bounds)

    def __getattr__(self, name):
        return getattr(self._inner, name)


def fed_while_reading(monkeypatch, data, name):
    monkeypatch.setattr(zlib, "_original", zlib.decompressobj, raising=False)
    monkeypatch.setattr(zlib, "decompressobj", CountingInflater)
    CountingInflater.fed = 0
    read(data, name)
    return CountingInflater.fed


def test_what_goes_into_the_inflater_grows_with_the_member_and_not_with_its_square(monkeypatch):
    content = random.Random(1).randbytes(600_000) * 8  # packs to nearly its size: matches lie too far back
    data = make_zip(("big.bin", content))
    assert fed_while_reading(monkeypatch, data, "a.zip") < 8 * len(data)


@pytest.mark.parametrize("size", [0, 1, zip_walk.CHUNK - 1, zip_walk.CHUNK, zip_walk.CHUNK + 1, 5 * zip_walk.CHUNK])
@pytest.mark.parametrize("content", [b"\x00", bytes(range(256)), random.Random(2).randbytes(9999)])
def test_members_of_any_length_come_out_whole(size, content):
    whole = (content * (size // len(content) + 1))[:size]
    (entry,) = read(make_zip(("a", whole)), "a.zip").entries
    assert (entry.size, entry.sha256) == (size, hashlib.sha256(whole).hexdigest())


@pytest.mark.parametrize("size", [10, zip_walk.WINDOW * 3])
@pytest.mark.parametrize("extra", [b"\x00", b"x" * 10, b"y" * zip_walk.WINDOW])
def test_bytes_after_the_end_of_a_deflated_member_are_malformed(size, extra):
    content = random.Random(3).randbytes(size)
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(content) + packer.flush() + extra
    with pytest.raises(MalformedError):
        read(raw_zip("a", content, packed), "a.zip")


@pytest.mark.parametrize("cut", [1, 5, zip_walk.WINDOW])
def test_a_deflated_member_that_stops_early_is_malformed(cut):
    content = random.Random(3).randbytes(zip_walk.WINDOW * 3)
    packer = zlib.compressobj(wbits=-15)
    packed = (packer.compress(content) + packer.flush())[:-cut]
    with pytest.raises(MalformedError):
        read(raw_zip("a", content, packed), "a.zip")


def raw_zip(name, content, packed):
    """A zip of one member whose packed bytes are given."""
    crc, raw = zlib.crc32(content), name.encode()
    fields = (20, 0, 8, 0, 33, crc, len(packed), len(content), len(raw), 0)
    local = b"PK\x03\x04" + struct.pack("<5H3L2H", *fields) + raw + packed
    central = b"PK\x01\x02" + struct.pack("<6H3L5H2L", 20, *fields, 0, 0, 0, 0, 0) + raw
    return local + central + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(central), len(local), 0)


@pytest.mark.parametrize("name", ["a.tar.bz2", "a.tar.xz", "a.tar.gz"])
def test_streams_that_follow_one_another_are_one_file(name):
    """As for bz2, lzma and gzip: what lies in a second stream is unpacked by installers too."""
    plain = make_tar(*HONEST, mode="w")
    pack = {"bz2": bz2.compress, "xz": lzma.compress, "gz": gzip.compress}[name.rpartition(".")[2]]
    for cut in (512, 1024, len(plain) // 2, len(plain)):
        archive = read(pack(plain[:cut]) + pack(plain[cut:]), name)
        assert [entry.path for entry in archive.entries] == [path for path, _ in HONEST]
        assert archive.problems == ()


@pytest.mark.parametrize("name", ["a.tar.bz2", "a.tar.xz"])
def test_what_follows_the_last_stream_is_told(name):
    data = make_tar(*HONEST, mode="w:" + name.rpartition(".")[2])
    assert codes(data + b"\x00" * 8, name) == []
    assert codes(data + b"PK not a stream", name) == ["trailing"]
    assert codes(data + data[:3] + b"no further stream", name) == ["trailing"]


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", ["a.tar.bz2", "a.tar.xz", "a.tar.gz"])
def test_many_small_streams_cost_little(name):
    pack = {"bz2": bz2.compress, "xz": lzma.compress, "gz": gzip.compress}[name.rpartition(".")[2]]
    plain = make_tar(*HONEST, mode="w")
    archive = read(pack(plain) + pack(b"") * 20_000, name)
    assert len(archive.entries) == len(HONEST)


UNENCODABLE = (b"caf\xe9.py", b"\xff\xfe.py", b"\xed\xa0\x80.py", b"ok\xc3.py", b"\x80/\x81.py")


@pytest.mark.parametrize("raw", UNENCODABLE)
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_names_of_a_tar_that_are_no_utf_8_are_shown_escaped(raw, form):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form, encoding="utf-8", errors="surrogateescape") as archive:
        for name in (raw.decode("utf-8", "surrogateescape"), "long/" * 40 + raw.decode("utf-8", "surrogateescape")):
            info = tarfile.TarInfo(name if form != tarfile.USTAR_FORMAT else name[-60:])
            info.size = 1
            archive.addfile(info, io.BytesIO(b"x"))
            target = tarfile.TarInfo("link")
            target.type, target.linkname = tarfile.SYMTYPE, info.name[-60:]
            archive.addfile(target)
    shown = raw.decode("utf-8", "backslashreplace")
    entries = read(buffer.getvalue(), "a.tar").entries
    assert entries[0].path == shown
    assert {e.path for e in entries if not e.link and not e.path.endswith(shown)} == set()
    assert all((entry.path + entry.link).encode() for entry in entries)


@pytest.mark.parametrize("raw", UNENCODABLE)
def test_names_of_a_zip_that_are_no_utf_8_though_it_says_so_are_shown_escaped(raw):
    stand_in = "\u00e9" * (len(raw) // 2) + "x" * (len(raw) % 2)
    data = make_zip((stand_in, b"x")).replace(stand_in.encode(), raw)
    (entry,) = read(data, "a.zip").entries
    assert entry.path == raw.decode("utf-8", "backslashreplace")
