"""Lists that are broken or hostile, each named by its defect: a typed error with file and place, soon, in bounded memory.

`tests/bad/locks/<defect>/<file>` is read; `expected.tsv` says what the error must name. What is too large or too
odd for a repository is made here.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from simulators.cost import within
from simulators.effort import cases
from supplytrust.audits.inventory import read
from supplytrust.errors import InputError, NothingToAssessError

CORPUS = Path(__file__).parents[3] / "bad" / "locks"
ROWS = [r.split("\t") for r in (CORPUS / "expected.tsv").read_text("utf-8").splitlines() if not r.startswith("#")]
PARTS = {"includes-in-a-circle/one.txt", "includes-in-a-circle/two.txt"}  # of another file


def told(path: Path, place: str, seconds: float = 1.0) -> None:
    error = within(seconds, lambda: refusal(path))
    message = error.message
    assert place in message
    assert len(message) < 2000
    assert message.isprintable()
    assert error.exit_code == 2


def refusal(path: Path) -> InputError:
    with pytest.raises(InputError) as raised:
        read(path)
    return raised.value


@pytest.mark.parametrize(("name", "place"), ROWS, ids=[name for name, _ in ROWS])
def test_each_defect_is_told_with_its_place(name, place):
    """`unknown: ` in the table: one entry is at fault, and stays in the list with its place or reason."""
    entry = place.removeprefix("unknown: ")
    if entry != place:
        unknown_entry(CORPUS / name, entry)
        return
    told(CORPUS / name, place)
    if "circle" not in name:
        with pytest.raises(InputError, match=Path(name).name):
            read(CORPUS / name)


def unknown_entry(path: Path, place: str) -> None:
    found = read(path)
    faulty = [one for one in found.listed if one.unknown]
    assert faulty
    assert all(one.wanted is None for one in faulty)
    assert any(place in text for text in [*(f"{one.where}: {one.unknown}" for one in faulty), *found.notes])
    assert all(f"{one.where}{one.unknown}{one.purl}".isprintable() for one in faulty)


def test_every_file_of_the_corpus_is_expected():
    there = {p.relative_to(CORPUS).as_posix() for p in CORPUS.rglob("*") if p.is_file()} - {"expected.tsv"}
    assert there - PARTS == {name for name, _ in ROWS}


HUGE = {
    "uv.lock": (b"version = 1\n", b"# filler\n"),
    "poetry.lock": (b'[metadata]\nlock-version = "2.1"\n', b"# filler\n"),
    "pylock.toml": (b'lock-version = "1.0"\n', b"# filler\n"),
    "requirements.txt": (b"a==1\n", b"a==1\n"),
    "list.txt": (b"pkg:pypi/a@1\n", b"pkg:pypi/a@1\n"),
    "Pipfile.lock": (b'{"_meta": {}, "default": {}, "x": "', b"y"),
    "bom.json": (b'{"bomFormat": "CycloneDX", "components": [', b'{"name": "a"},'),
    "app.spdx.json": (b'{"spdxVersion": "SPDX-2.3", "packages": [', b'{"SPDXID": "a"},'),
    "app.spdx3.json": (b'{"@context": "https://spdx.org/rdf/3.0.1/x", "@graph": [', b'{"type": "Person"},'),
}
MEASURED = """
import resource, sys
from pathlib import Path
from supplytrust.audits.inventory import read
from supplytrust.errors import InputError
resource.setrlimit(resource.RLIMIT_AS, (600 * 2**20, 600 * 2**20))
for name in sys.argv[1:]:
    try:
        read(Path(name))
    except InputError as error:
        assert "at most" in error.message, error.message
    else:
        raise SystemExit(f"{name} was read")
status = Path("/proc/self/status")  # its peak begins at exec; the other one's begins with the parent's
own = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM")] if status.exists() else []
print(own[0] if own else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.thorough
def test_a_hundred_megabytes_are_refused_before_they_are_read(tmp_path):
    for name, (head, filler) in HUGE.items():
        with (tmp_path / name).open("wb") as stream:
            stream.write(head)
            stream.write(filler * 4096)
            stream.truncate(100 * 2**20)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    ran = subprocess.run(
        [sys.executable, "-c", MEASURED, *(str(tmp_path / name) for name in HUGE)], capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr.decode()
    assert int(ran.stdout) < 120 * 1024
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 5


@pytest.mark.thorough
def test_the_largest_list_that_is_read_ends_in_time(tmp_path):
    """Just below the limit and wrong at its very end: the place is told all the same."""
    path = tmp_path / "requirements.txt"
    path.write_text("".join(f"a{n}==1\n" for n in range(20_000)) + "???\n")
    found = read(path).listed
    assert len(found) == 20_001
    assert [one.where.rpartition(": ")[2] for one in found if one.unknown] == ["line 20001"]


def test_links_that_go_in_circles_end(tmp_path):
    (tmp_path / "requirements.txt").symlink_to(tmp_path / "other.txt")
    (tmp_path / "other.txt").symlink_to(tmp_path / "requirements.txt")
    told(tmp_path / "requirements.txt", "requirements.txt")
    (tmp_path / "good.txt").write_text("a==1\n-r other.txt\n")
    told(tmp_path / "good.txt", "line 2")


def test_a_link_out_of_the_project_is_not_followed(tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "secret.txt").write_text("token==1\n")
    (project / "more.txt").symlink_to(tmp_path / "secret.txt")
    (project / "requirements.txt").write_text("a==1\n-r more.txt\n")
    told(project / "requirements.txt", "line 2")


def test_includes_may_go_up_inside_the_project(tmp_path):
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "base.txt").write_text("a==1\n")
    folder = tmp_path / "requirements"
    folder.mkdir()
    (folder / "dev.txt").write_text("-r ../base.txt\nb==1\n")
    assert [one.purl for one in read(folder / "dev.txt").listed] == ["pkg:pypi/a@1", "pkg:pypi/b@1"]


def test_folders_that_link_to_themselves_end(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a.whl").symlink_to(tmp_path / "a.whl")
    with pytest.raises(NothingToAssessError):
        read(tmp_path)
    (tmp_path / "demo-1.0.dist-info").symlink_to(tmp_path / "demo-1.0.dist-info")
    (one,) = read(tmp_path).listed
    assert one.wanted is None
    assert one.unknown


@pytest.mark.parametrize("name", ["requirements.txt", "uv.lock", "bom.json"])
def test_a_pipe_is_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    told(tmp_path / name, "regular file")


@pytest.mark.parametrize("value", ["./../../etc", "../outside", "git+https://example.org/../x", "file:///etc"])
def test_editable_folders_outside_are_never_opened_and_stay_unknown(tmp_path, value):
    (tmp_path / "requirements.txt").write_text(f"-e {value}\n")
    (one,) = read(tmp_path / "requirements.txt").listed
    assert one.wanted is None
    assert value in one.unknown


def test_pins_that_no_index_lists_leave_the_package_unknown(tmp_path):
    rows = (f"a==1 --hash=sha384:{'0' * 96}\n", f"b==1 --hash=sha256:{'1' * 64}\n", f"c==1 --hash=sha512:{'2' * 128}\n")
    (tmp_path / "requirements.txt").write_text("".join(rows))
    listed = {one.purl: one for one in read(tmp_path / "requirements.txt").listed}
    assert listed["pkg:pypi/a@1"].wanted is None
    assert "no index lists" in listed["pkg:pypi/a@1"].unknown
    assert listed["pkg:pypi/b@1"].sha256 == ("1" * 64,)
    assert listed["pkg:pypi/c@1"].sha256 == ("2" * 128,)  # some indexes list SHA-512; where one does not, nothing fits


# --- nothing else escapes ------------------------------------------------------------------------------

KEYS = """name version purl bom-ref components services dependencies ref dependsOn hashes alg content packages SPDXID
    relationships relationshipType @graph type spdxId from to verifiedUsing default markers metadata component externalRefs
    rootElement specVersion checksums""".split()
WORDS = ["a", "==1", "1.0", "pkg:pypi/a@1", "sha256:00", "software_Package", "CreationInfo", "3.0.1"]
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(WORDS)
NAMES = st.sampled_from(KEYS) | st.text(max_size=4)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=12
)
HEADS = {
    "bom.json": {"bomFormat": "CycloneDX"},
    "app.spdx.json": {"spdxVersion": "SPDX-2.3"},
    "app.spdx3.json": {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"},
    "Pipfile.lock": {"_meta": {"pipfile-spec": 6}},
}
LINES = st.lists(
    st.sampled_from(["a", "==", "1.0", ";", "os_name", "'x'", "(", ")", "-r", "-c", "-e", ".", "..", "/", "\\\n", "#", "@",
                     "--hash=", "sha256:", "[", "]", ",", "<", "~=", "*", " ", "\n", "pkg:pypi/", "%00", "git+https://", "é", "9" * 5000])
    | st.text(max_size=3),
    max_size=25,
).map("".join)  # fmt: skip
TABLES = st.lists(
    st.sampled_from(["version = 1\n", 'lock-version = "1.0"\n', "[[package]]\n", "[[packages]]\n", "[metadata]\n", 'name = "a"\n',
                     'version = "1"\n', 'source = { registry = "x" }\n', "dependencies = [{ name = 'b' }]\n", "[package.source]\n",
                     'marker = "x"\n', "sdist = 1\n", "wheels = [{}]\n", 'hash = "sha256:"\n', "[package.dependencies]\n", 'b = "*"\n',
                     "files = [{ hash = 'md5:0' }]\n", "x = 2026-01-01\n", "y = nan\n", "[packages.vcs]\n", "= ", "[", '"'])
    | st.text(max_size=4),
    max_size=14,
).map("".join)  # fmt: skip
FUZZ = settings(
    max_examples=int(os.environ.get("SUPPLYTRUST_FUZZ", cases(160))),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def only_typed_errors(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        read(path)
    except InputError as error:
        assert path.name in error.message
    except NothingToAssessError:
        pass


@pytest.mark.parametrize("name", HEADS)
@FUZZ
@given(body=st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6))
def test_any_json_is_read_or_told(tmp_path, name, body):
    only_typed_errors(tmp_path / name, json.dumps({**HEADS[name], **body}))


@pytest.mark.parametrize("name", ["uv.lock", "pylock.toml", "poetry.lock"])
@FUZZ
@given(text=TABLES)
def test_any_toml_is_read_or_told(tmp_path, name, text):
    only_typed_errors(tmp_path / name, text)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", ["requirements.txt", "list.txt"])
@FUZZ
@given(text=LINES)
@example(text="a==" + "9" * 5000)
@example(text="pkg:pypi/a@" + "9" * 5000)
def test_any_text_is_read_or_told(tmp_path, name, text):
    only_typed_errors(tmp_path / name, text)
