"""What is meant by a text: the right package, a path, or a typed error; never another package."""

import hashlib
import os
from pathlib import Path

import pytest

from simulators.commands import Shell
from simulators.index import history, sdist, serving, wheel
from simulators.world import world
from supplytrust.collection.resolve import resolve
from supplytrust.collection.subjects import request_of
from supplytrust.errors import InvalidSubjectError, NothingToAssessError

NAMES = {
    "six": ("six", ""),
    " six ": ("six", ""),
    "six==1.16.0": ("six", "1.16.0"),
    "six == 1.16.0 ": ("six", "1.16.0"),
    "six@1.16.0": ("six", "1.16.0"),
    "six===1.16.0": ("six", "1.16.0"),
    "six[extra]==1.0": ("six", "1.0"),
    "six [a, b] == 1.0 ; python_version < '3'": ("six", "1.0"),
    "six[extra]": ("six", ""),
    "six[]": ("six", ""),
    "Six_X.Y==1!2.0+local-1": ("Six_X.Y", "1!2.0+local-1"),
    "zope.interface": ("zope.interface", ""),
    "pkg:pypi/six@1.16.0": ("six", "1.16.0"),
    "PKG:PyPI/Six_X@1.0%2Blocal": ("six-x", "1.0+local"),
    "pkg:pypi/%73ix@1%2E0": ("six", "1.0"),
    "pkg:pypi/six@1.0?file_name=six-1.0.tar.gz#sub/folder": ("six", "1.0"),
    "pkg:pypi/six?file_name=six-1.0.tar.gz": ("six", ""),
}


@pytest.mark.parametrize("text", NAMES)
def test_a_name_or_purl_with_at_most_one_version(text):
    request = request_of(text)
    assert request.path == ""
    assert (request.wanted.name, request.wanted.version) == NAMES[text]


PATHS = {
    "x.whl[extra]": "x.whl",
    "x.whl [a,b]": "x.whl",
    "x.whl ; python_version >= '3'": "x.whl",
    "x.whl[extra];marker": "x.whl",
    "x.tgz": "x.tgz",
    "X.TAR.BZ2": "X.TAR.BZ2",
    "x-1.0.tar.zst": "x-1.0.tar.zst",
    ".": ".",
    "..": "..",
    ".[dev]": ".",
    "dir/": "dir/",
    "./name": "./name",
    "./name[dev]": "./name",
    "/abs/name-1.0.zip": "/abs/name-1.0.zip",
    "~": "~",
    "~/x.whl": "~/x.whl",
    "C:\\dist\\x.whl": "C:\\dist\\x.whl",
    "..\\x": "..\\x",
    "C:x.whl": "C:x.whl",
    "my file.whl": "my file.whl",
    "file:///tmp/a%20b.whl": "/tmp/a b.whl",
    "module.wasm": "module.wasm",
}


@pytest.mark.parametrize("text", PATHS)
def test_a_path_has_a_separator_or_an_archive_s_ending(text):
    request = request_of(text)
    assert request.wanted is None
    assert request.path == PATHS[text]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "six>=1",
        "six~=1.0",
        "six!=1",
        "six==1.*",
        "six==1.0,==1.0",
        "six<2,>1",
        "six=1.0",
        "six 1.0",
        "six==",
        "six@",
        "six==1 0",
        "six@https://example.org/six.whl",
        "six @ https://example.org/x",
        "https://example.org/six-1.0.whl",
        "git+https://example.org/six",
        "file://example.org/six.whl",
        "-six",
        "six-",
        "s\0ix",
        "six[a==1.0",
        "six[a]b",
        "six[a;b]",
        "sïx",
        "six\u200b",
        "a" * 5000,
        "pkg:pypi/six@",
        "pkg:pypi/six@1@2",
        "pkg:pypi/a/six@1.0",
        "pkg:pypi/six==1.0",
        "pkg:pypi/six@1.0?file_name=a&file_name=b",
        "pkg:pypi/six@1.0?FILE_NAME=a&file_name=b",
        "pkg:pypi/six%00@1.0",
        "pkg:pypi/six@1.0%20",
        "pkg:pypi/%2e%2e@1.0",
        "pkg:pypi/six%2Fseven@1.0",
        "pkg:pypi/six@../../etc",
        "pkg:pypi/six@1.0?repository_url=https://idx.example.org/simple",
        "pkg:pypi/six@1.0?vcs_url=git%2Bhttps://example.org/six",
        "pkg:pypi/six@1.0?download_url=https://example.org/six.whl",
        "pkg:pypi/six@1.0?checksum=sha1:aa",
        "pkg:pypi/six@1.0?checksum=sha256:aa",
        "pkg:pypi",
        "pkg:",
    ],
)
def test_what_names_no_one_package_is_an_error_that_says_what_to_write(text):
    with pytest.raises(InvalidSubjectError) as caught:
        request_of(text)
    assert caught.value.hint
    assert caught.value.exit_code == 2


def test_a_range_says_how_to_name_a_release():
    with pytest.raises(InvalidSubjectError) as caught:
        request_of("six>=1,<2")
    assert "six==1.2.3" in caught.value.hint


def test_what_lies_here_is_a_hint_not_the_subject(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "six").mkdir()
    (tmp_path / "demo").write_text("notes")
    for name in ("six", "demo"):
        request = request_of(name)
        assert request.wanted.name == name
        assert f"./{name}" in request.notices[0]
    assert request_of("other").notices == ()


def test_a_path_that_exists_is_meant_as_it_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a;b[c]").mkdir()
    (tmp_path / "a;b[c]" / "x.whl").write_bytes(b"x")
    assert request_of("a;b[c]/x.whl").path == "a;b[c]/x.whl"
    assert request_of(str(tmp_path / "a;b[c]" / "x.whl")).path.endswith("a;b[c]/x.whl")


def test_what_is_not_looked_at_is_said():
    assert "[socks]" in request_of("six[socks]==1.0").notices[0]
    assert len(request_of("./x.whl[a] ; python_version < '3'").notices) == 2


# --- resolved against an index ------------------------------------------------------------------------


@pytest.fixture
def opened(tmp_path):
    with serving([history("demo", "1.0", "1.1"), history("dev", "9.0")]) as index, world(index, tmp_path) as made:
        yield made


@pytest.mark.parametrize("text", ["demo[x]==1.0", "Demo @ 1.0", "DEMO===1.0", "demo==1.0.0", "demo==v1.0"])
def test_the_release_that_is_named(opened, text):
    assert resolve(text, opened).purl == "pkg:pypi/demo@1.0"


def test_arbitrary_equality_compares_text(opened):
    with pytest.raises(NothingToAssessError, match="===") as caught:
        resolve("demo===1.0.0", opened)
    assert "demo==1.0" in caught.value.hint


def test_a_checksum_names_the_file(opened):
    source = sdist("demo", "1.0")
    found = resolve(f"pkg:pypi/demo@1.0?checksum=sha256:{source.sha256.upper()}", opened)
    assert (found.artifact.file_name, found.artifact.sha256) == (source.name, source.sha256)
    other = hashlib.sha256(b"other").hexdigest()
    with pytest.raises(NothingToAssessError):
        resolve(f"pkg:pypi/demo@1.0?checksum=sha256:{other}", opened)
    with pytest.raises(NothingToAssessError):
        resolve(f"pkg:pypi/demo@1.0?file_name={source.name}&checksum=sha256:{other}", opened)


@pytest.mark.parametrize("tail", ["", "[dev]", " [dev]", " ; python_version > '3'"])
def test_a_local_wheel_with_a_tail_is_that_wheel(opened, tmp_path, monkeypatch, tail):
    monkeypatch.chdir(tmp_path)
    mine = wheel("demo", "1.0", {"demo/__init__.py": "x = 9\n"})
    (tmp_path / mine.name).write_bytes(mine.data)
    for text in (mine.name, f"./{mine.name}", str(tmp_path / mine.name)):
        assert resolve(text + tail, opened).artifact.sha256 == mine.sha256


@pytest.mark.parametrize("text", [".", ".[dev]", "tree/", "./tree[dev]", "tree/ ; python_version > '3'"])
def test_a_source_tree_says_what_to_do(opened, tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tree").mkdir()
    for folder in (tmp_path, tmp_path / "tree"):
        (folder / "pyproject.toml").write_text("[project]\nname = 'dev'\n")
    with pytest.raises(NothingToAssessError, match="source tree") as caught:
        resolve(text, opened)
    assert "build" in caught.value.hint
    assert "audit" in caught.value.hint


@pytest.mark.parametrize("text", ["x.tgz", "dev.tgz", "./dev", "C:\\dev", "~nobody-of-that-name/x.whl", "dev.tar.zst"])
def test_a_path_where_nothing_is_never_becomes_a_package(opened, text):
    with pytest.raises(NothingToAssessError, match="cannot read"):
        resolve(text, opened)


def test_the_command_line_tells_notices_on_stderr(tmp_path):
    shell = Shell(tmp_path)
    (tmp_path / "demo").mkdir()
    with serving([history("demo", "1.0")]) as index:
        ran = shell.assess(index, "demo", "--format", "json")
    assert "./demo" in ran.err
    assert ran.out.startswith("{")


@pytest.mark.parametrize("odd", [b"\xff", b"\n", b"\x1b[31m", "\u202e".encode()])
def test_a_file_whose_name_cannot_be_shown_is_known_by_escapes(opened, tmp_path, odd):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/demo-1.0-py3-none-a" + odd + b"y.whl"))
    path.write_bytes(wheel("demo", "1.0").data)
    found = resolve(str(path), opened)
    assert found.artifact.file_name.isprintable()
    found.artifact.file_name.encode()


def test_the_purl_of_a_file_of_a_local_version_is_canonical(opened, tmp_path):
    mine = wheel("demo", "1.0+cu118")
    (tmp_path / mine.name).write_bytes(mine.data)
    assert resolve(str(tmp_path / mine.name), opened).purl == "pkg:pypi/demo@1.0%2Bcu118"
