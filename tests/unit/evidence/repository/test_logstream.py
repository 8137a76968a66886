"""The log stream is read by counting fields, whatever bytes names, subjects and paths hold."""

import pytest

from simulators.repository import Repository, day
from supplytrust.io.git.log import LogError, parse_log
from supplytrust.io.git.repository import open_folder


def record(subject=b"s", changes=b"", name=b"An \x01 Author", commit=b"a" * 40, parents=b""):
    header = [b"\x01" + commit, parents, name, b"a@example.org", b"100 +0000", name, b"a@example.org", b"200 +0000"]
    return b"\0".join([*header, subject]) + b"\0" + changes


CHANGE = b"\n:100644 100644 " + b"1" * 40 + b" " + b"2" * 40 + b" M\0path\0"


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_reads_the_same_whatever_the_chunks(size):
    raw = record(changes=CHANGE) + record(b"\x01" + b"f" * 40) + record(b":100644 looks like a change", CHANGE)
    found = list(parse_log(raw[i : i + size] for i in range(0, len(raw), size)))
    assert [c.subject for c in found] == ["s", "\x01" + "f" * 40, ":100644 looks like a change"]
    assert [len(c.touches) for c in found] == [1, 0, 1]
    assert found[0].touches[0] == ("path", b"\x22" * 20, "M")
    assert found[0].since == 100


@pytest.mark.parametrize(
    "raw",
    [
        record()[:-1],
        record(changes=CHANGE)[:-6],
        record(changes=b"\n:100644 M\0path\0"),
        b"no mark" + record(),
        record(changes=CHANGE).replace(b"2" * 40, b"z" * 40),
        record().replace(b"100 +0000", b"soon"),
    ],
)
def test_a_broken_stream_is_never_a_short_one(raw):
    with pytest.raises(LogError):
        list(parse_log([raw]))


def test_reads_what_git_prints(tmp_path):
    sim = Repository()
    sim.commit("Zoë Ü", day(0), {"a b\n.txt": "x", "na\udcefve.txt": "y"}, "first")
    sim.commit("Bob\x01", day(1), {"a b\n.txt": None}, "", committer="Zoë Ü")
    sim.commit("Bob\x01", day(2), {"side": "1"}, "side", branch="side", start="main")
    sim.commit("Bob\x01", day(3), {}, "merge", merge="side")
    view = open_folder(sim.build(tmp_path / "repo"), tmp_path)
    found = list(parse_log(view.log()))
    assert len(found) == 4
    first = found[-1]
    assert first.author.name == "Zoë Ü"
    assert {t.path for t in first.touches} == {"a b\n.txt", "na\\xefve.txt"}
    deleted = next(t for c in found for t in c.touches if t.status == "D")
    assert deleted == ("a b\n.txt", b"", "D")
    assert [c.merge for c in found].count(True) == 1
