"""Where the members of an archive lie: components, roots, links, twins."""

import io
import stat
import tarfile
import zipfile

import pytest

from simulators.odd_sdists import FOLDER, hard, link, stored, zip_link, zipped
from supplytrust.errors import TooLargeError
from supplytrust.io.archives import artifact_tree
from supplytrust.io.archives.artifact_tree import place_member, read_tree, split_root
from supplytrust.io.archives.reader import everything


def tree(made, *, rooted=True):
    name, data = made
    return read_tree(data, name, rooted=rooted, keep=everything)


def texts(made, **how):
    return {entry.path: entry.data for entry in tree(made, **how).readable}


def codes(made, **how):
    return sorted({problem.partition(":")[0] for problem in tree(made, **how).problems})


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("a", "a"), ("./a", "a"), (".//a", "a"), ("a/./b", "a/b"), ("a//b", "a/b"), ("a/../b", "b"), (".a/b", ".a/b"),
        ("..a/b", "..a/b"), ("../a", "a"), ("a/..", ""), (".", ""), ("a/b/", "a/b"), (" a/b", " a/b"), ("/a", "a"),
    ],
)  # fmt: skip
def test_a_name_is_placed_by_its_components(name, place):
    assert place_member(name) == place


@pytest.mark.parametrize(
    ("name", "top", "rest"),
    [
        ("p/a", "p", "a"), ("./p/a", "p", "a"), (".p/a", ".p", "a"), ("/p/a", "p", "a"), ("p\\a", "p", "a"),
        ("p/b\\a", "p", "b\\a"), ("p\\b/a", "p", "b/a"), ("a", "a", ""), ("./a", "a", ""), (".", ".", ""),
        ("p//a", "p", "/a"), ("\\p/a", "p", "a"), ("...", "...", ""),
    ],
)  # fmt: skip
def test_the_top_folder_is_cut_off_as_pip_cuts_it(name, top, rest):
    assert split_root(name) == (top, rest)


def test_one_top_folder_is_taken_off_a_source_archive_only():
    made = stored(("r/a", b"1"), ("r/b/c", b"2"))
    assert (tree(made).root, texts(made)) == ("r", {"a": b"1", "b/c": b"2"})
    assert (tree(made, rooted=False).root, set(texts(made, rooted=False))) == ("", {"r/a", "r/b/c"})


def test_what_lies_beside_the_top_folder_is_told_and_still_shown():
    made = stored(("r/setup.py", b"1"), ("README", b"2"), ("other/x", b"3"), ("empty", FOLDER))
    assert texts(made) == {"setup.py": b"1", "README": b"2", "other/x": b"3"}
    assert tree(made).problems == ("extra-root: README", "extra-root: empty", "extra-root: other/x")
    assert tree(made).unclear == ("README", "other/x")
    assert codes(stored(("r/setup.py", b"1"), ("empty", FOLDER))) == ["extra-root"]


def test_links_are_followed_over_files_folders_and_other_links():
    made = stored(
        ("r/real/code", b"1"), ("r/sub", link("real")), ("r/a", link("sub/code")), ("r/b", link("./a")),
        ("r/c", hard("r/real/code")), ("r/d", link("../r/b")),
    )  # fmt: skip
    assert texts(made) == dict.fromkeys(("real/code", "a", "b", "c", "d"), b"1")
    assert dict(tree(made).folder_links) == {"sub": "real"}
    found = artifact_tree.find(tree(made).readable, tree(made).folder_links, "sub/./code")
    assert found is not None
    assert found.data == b"1"
    assert codes(made) == []


@pytest.mark.parametrize(
    "target", ["nothing", "../x", "/etc/x", "a", "b", "c/../..", "r/nothing", "x" * 2000, "./" * 600 + "file"]
)
def test_a_link_that_leads_to_no_file_is_told(target):
    made = stored(("r/file", b"1"), ("r/a", link(target)), ("r/b", link("a")), ("r/c/d", b"2"))
    read = tree(made)
    assert {"a", "b"} <= set(read.unresolved)
    assert "a" not in texts(made)
    assert "unresolved-link" in codes(made)


def test_links_of_a_zip_are_their_text_as_installers_write_it():
    made = zipped(("r/data", b"1"), (zip_link("r/a"), b"data"))
    assert texts(made) == {"data": b"1", "a": b"data"}
    assert tree(made).unresolved == ("a",)
    assert codes(made) == ["link", "unplaced"]


def test_members_below_and_through_links_lie_where_the_links_lead():
    below = stored(("r/x", b"0"), ("r/sub", link(".")), ("r/sub/setup.py", b"1"))
    assert texts(below)["setup.py"] == b"1"
    through = stored(("r/x", b"0"), ("r/a", link("b")), ("r/a", b"1"))
    assert texts(through) == {"x": b"0", "b": b"1", "a": b"1"}
    nowhere = stored(("r/x", b"0"), ("r/sub", link("/tmp")), ("r/sub/evil", b"1"))
    assert tree(nowhere).unclear == ("r/sub/evil",)
    assert texts(nowhere) == {"x": b"0", "sub/evil": b"1"}


def test_one_place_under_two_names_is_a_twin():
    made = stored(("r/a", b"1"), ("r/./a", b"2"))
    assert texts(made) == {"a": b"2"}
    assert codes(made) == ["duplicate-member"]


@pytest.mark.thorough
def test_tangled_links_end_in_an_error_and_not_in_work_without_end():
    members = [(f"r/l{n}", link("./" * 500 + f"l{n + 1}")) for n in range(6000)]
    with pytest.raises(TooLargeError, match="tangled"):
        tree(stored(*members))


def test_a_root_that_is_a_link_is_no_root():
    assert "extra-root" in codes(stored(("real/setup.py", b"1"), ("r", link("real"))))


def test_files_a_reader_sees_are_those_that_tarfile_writes(tmp_path):
    name, data = stored(
        ("r", FOLDER), ("r/a", b"1"), ("./r/b", b"2"), ("r//c", b"3"), ("r/./d", b"4"), ("r/e/f", b"5"),
        ("r/g", link("e/f")), ("r/h", hard("r/a")), ("r/a2", link("h")),
    )  # fmt: skip
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        archive.extractall(tmp_path, filter="data")
    written = {p.relative_to(tmp_path / "r").as_posix(): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert texts((name, data)) == written


def test_files_a_reader_sees_are_those_that_zipfile_writes(tmp_path):
    name, data = zipped(("./r/b", b"2"), ("r//c", b"3"), ("r/./d", b"4"), ("r/e/f", b"5"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(tmp_path)
    written = {p.relative_to(tmp_path / "r").as_posix(): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert texts((name, data)) == written


def test_modes_stay_with_their_files():
    info = zipfile.ZipInfo("r/run")
    info.create_system, info.external_attr = 3, (stat.S_IFREG | 0o755) << 16
    assert [e.mode & 0o777 for e in tree(zipped((info, b"x"))).files] == [0o755]
