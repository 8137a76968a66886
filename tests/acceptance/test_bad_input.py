"""Input that is broken or hostile: a typed error or an unknown with its reason, one clear line, never ADMIT."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from simulators.commands import LOOK, Ran, Shell
from simulators.index import File, Index, Project, Quirks, Release, history, metadata, sdist, serving, wheel
from supplytrust.appraisal.judge import judge
from supplytrust.appraisal.policies import loader
from supplytrust.collection.resolve import resolve
from supplytrust.collection.scheduler import collect_claims
from supplytrust.errors import NothingToAssessError
from supplytrust.io.context import CollectContext
from supplytrust.io.http.client import Client, HttpLimits
from supplytrust.model.evidence import Evidence, NotObservedReason
from supplytrust.model.policy import Settings
from supplytrust.model.vocabulary import Outcome

KIT = history("sample-kit", "1.0", "1.1", "1.2", links={"Source": "https://example.org/kit"})
HONEST = wheel("box", "1.0")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def clear(ran: Ran, code: int) -> None:
    """One line that says what is wrong, one that says what to do, nothing else."""
    assert ran.code == code
    assert ran.out == ""
    told, *rest = ran.err.splitlines()
    assert told.startswith("supplytrust: ")
    assert len(told) > 20
    assert len(rest) == 1
    assert rest[0].startswith("  hint: ")


# --- words of the caller ---------------------------------------------------------------------------

WORDS = {
    "unknown package": ("no-such-kit", (), 3),
    "unknown version": ("pkg:pypi/sample-kit@9.9", (), 3),
    "unknown version of a name": ("sample-kit==9.9", (), 3),
    "unknown file": ("pkg:pypi/sample-kit@1.2?file_name=other.whl", (), 3),
    "not a name": ("sample kit", (), 2),
    "not a purl": ("pkg:", (), 2),
    "other ecosystem": ("pkg:nuget/sample-kit@1.2", (), 2),
    "version that is none": ("pkg:pypi/sample-kit@one", (), 2),
    "missing file": ("./missing-1.0-py3-none-any.whl", (), 3),
    "empty file": ("./empty-1.0-py3-none-any.whl", (), 3),
    "file of no known kind": ("./notes.txt", (), 2),
    "wasm that is none": ("./fake.wasm", (), 3),
    "empty folder": ("./folder", (), 3),
    "unknown policy": ("sample-kit", ("--policy", "lenient"), 2),
    "policy of other schema": ("sample-kit", ("--policy", "./other.toml"), 2),
    "policy that is no TOML": ("sample-kit", ("--policy", "./broken.toml"), 2),
    "policy that is a folder": ("sample-kit", ("--policy", "./folder"), 2),
    "missing configuration": ("sample-kit", ("--config", "missing.toml"), 2),
    "configuration that is a folder": ("sample-kit", ("--config", "folder"), 2),
    "configuration that is no TOML": ("sample-kit", ("--config", "broken.toml"), 2),
    "unknown configuration key": ("sample-kit", ("--config", "other.toml"), 2),
    "binary configuration": ("sample-kit", ("--config", "binary.toml"), 2),
    "not a time": ("sample-kit", ("--at", "yesterday"), 2),
    "time without a zone": ("sample-kit", ("--at", "2026-01-01T00:00:00"), 2),
    "before the first release": ("sample-kit", ("--at", "2020-01-01"), 3),
    "unknown format": ("sample-kit", ("--format", "pdf"), 2),
    "unknown depth": ("sample-kit", ("--deps", "some"), 2),
    "unknown option": ("sample-kit", ("--admit",), 2),
    "no place for the output": ("sample-kit", ("-o", "nowhere/out.json"), 2),
    "ledger that is a folder": ("sample-kit", ("--ledger", "folder"), 2),
    "ledger that is none": ("sample-kit", ("--ledger", "binary.toml"), 2),
}


@pytest.mark.sampled(13)
@pytest.mark.parametrize("case", WORDS)
def test_words_that_cannot_be_used(shell: Shell, case: str) -> None:
    (shell.home / "folder").mkdir()
    (shell.home / "empty-1.0-py3-none-any.whl").touch()
    (shell.home / "notes.txt").write_text("notes")
    (shell.home / "fake.wasm").write_bytes(b"MZ" * 40)
    (shell.home / "other.toml").write_text('polcy = "baseline"\n')
    (shell.home / "broken.toml").write_text("policy = [\n")
    (shell.home / "binary.toml").write_bytes(b"\xff\xfe\x00not a database" * 300)
    subject, options, code = WORDS[case]
    with serving([KIT]) as index:
        clear(shell.assess(index, subject, *options), code)
    assert (shell.home / "binary.toml").read_bytes() == b"\xff\xfe\x00not a database" * 300


@pytest.mark.parametrize("words", [("frobnicate",), ("assess",), ("assess", "a", "b"), ("appraise", "missing.json")])
def test_command_lines_that_cannot_be_used(shell: Shell, words: tuple[str, ...]) -> None:
    clear(shell.run(*words), 2)


BROKEN = [b"", b"{", b"[]", b"null", b'{"format": 1}', b'{"a": 1, "a": 2}', b"\xff", b"[" * 5000, b"PK\x03\x04"]


@pytest.mark.parametrize("verb", ["appraise", "explain", "diff"])
@pytest.mark.parametrize("data", BROKEN, ids=[repr(b[:12]) for b in BROKEN])
def test_files_that_are_no_evidence_and_no_record(shell: Shell, verb: str, data: bytes) -> None:
    (shell.home / "broken.json").write_bytes(data)
    clear(shell.run(verb, *["broken.json"] * (2 if verb == "diff" else 1)), 2)


# --- archives --------------------------------------------------------------------------------------


def with_member(path: str, data: bytes = b"x = 1\n", mode: int = 0o100644) -> bytes:
    buffer = io.BytesIO(HONEST.data)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo(path)
        info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, mode << 16
        archive.writestr(info, data)
    return buffer.getvalue()


def tarball(add: Callable[[tarfile.TarFile], None]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        put(archive, "box-1.0/PKG-INFO", metadata("box", "1.0").encode())
        add(archive)
    return buffer.getvalue()


def put(archive: tarfile.TarFile, path: str, data: bytes = b"x", kind: bytes = tarfile.REGTYPE, link: str = "") -> None:
    info = tarfile.TarInfo(path)
    info.size, info.type, info.linkname = len(data) if kind == tarfile.REGTYPE else 0, kind, link
    archive.addfile(info, io.BytesIO(data))


@dataclass(frozen=True)
class Hostile:
    """An archive, the exit code it ends in and, when it stays unknown, the reason."""

    data: bytes
    code: int
    reason: str = ""


BOMB = 160 * 2**20
WHEELS = {
    "not an archive": Hostile(b"not an archive at all\n" * 99, 10, "malformed"),
    "truncated": Hostile(HONEST.data[: len(HONEST.data) // 2], 10, "malformed"),
    "bomb": Hostile(with_member("box/zeros.bin", b"\0" * BOMB), 10, "too-large"),
    "path traversal": Hostile(with_member("../../outside.py"), 11),
    "absolute path": Hostile(with_member("/etc/outside.py"), 11),
    "link": Hostile(with_member("box/link", b"/etc/passwd", 0o120777), 11, "inconclusive"),
}
SDISTS = {
    "not an archive": Hostile(b"not an archive at all\n" * 99, 10, "malformed"),
    "truncated": Hostile(sdist("box", "1.0").data[:150], 10, "malformed"),
    "bomb": Hostile(tarball(lambda t: put(t, "box-1.0/zeros", b"\0" * BOMB)), 10, "too-large"),
    "path traversal": Hostile(tarball(lambda t: put(t, "../../outside")), 11),
    "absolute path": Hostile(tarball(lambda t: put(t, "/etc/outside")), 11),
    "link outside": Hostile(
        tarball(lambda t: put(t, "box-1.0/l", b"", tarfile.SYMTYPE, "/etc/passwd")), 10, "inconclusive"
    ),
    "duplicate members": Hostile(
        tarball(lambda t: [put(t, "box-1.0/a.py", b"1"), put(t, "box-1.0/a.py", b"2")] and None), 10, "inconclusive"
    ),
}
ARCHIVES = {f"wheel, {k}": (HONEST.name, v) for k, v in WHEELS.items()} | {
    f"sdist, {k}": ("box-1.0.tar.gz", v) for k, v in SDISTS.items()
}


def findings(ran: Ran, area: str) -> dict[str, dict[str, object]]:
    areas = cast("dict[str, dict[str, list[dict[str, object]]]]", json.loads(ran.out)["predicate"]["areas"])
    return {str(f["signal"]).partition("/")[2]: f for f in areas[area]["findings"]}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("case", ARCHIVES)
def test_archives_that_are_not_what_they_seem(shell: Shell, mild: Path, case: str) -> None:
    name, hostile = ARCHIVES[case]
    with serving([Project("box", [Release("1.0", [File(name, hostile.data)])])]) as index:
        ran = shell.assess(index, "box", "--policy", mild, "--format", "json")
    assert (ran.code, ran.err) == (hostile.code, "")
    container = findings(ran, "integrity")["archive_container_clean"]
    assert container["status"] == ("not_observed" if hostile.reason else "opposes")
    assert container["reason"] == (hostile.reason or None)
    assert not list(shell.home.rglob("outside*"))


def test_two_members_of_one_name_in_a_wheel_are_refused(shell: Shell, mild: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        double = File(HONEST.name, with_member("box/core.py", b"x = 2\n"))
    with serving([Project("box", [Release("1.0", [double])])]) as index:
        ran = shell.assess(index, "box", "--policy", mild)
    assert ran.code == 11
    assert "duplicate-member: box/core.py" in ran.out


def test_a_record_too_large_to_be_read_is_unknown(shell: Shell, mild: Path) -> None:
    files = {"box/__init__.py": b"", "box-1.0.dist-info/RECORD": b"box/__init__.py,,\n" * 300_000}
    with serving([Project("box", [Release("1.0", [wheel("box", "1.0", files, record=False)])])]) as index:
        ran = shell.assess(index, "box", "--policy", mild, "--format", "json")
    assert ran.code == 10
    assert findings(ran, "integrity")["record_matches_contents"]["reason"] == "too-large"


@pytest.mark.sampled(2)
@pytest.mark.parametrize("form", ["text", "json", "markdown", "html", "sarif"])
def test_a_file_with_another_digest_is_refused_as_tampered(shell: Shell, mild: Path, form: str) -> None:
    swapped = wheel("box", "1.0", listed_sha256="0" * 64)
    with serving([Project("box", [Release("1.0", [swapped])])]) as index:
        ran = shell.assess(index, "box", "--policy", mild, "--format", form)
    assert (ran.code, ran.err) == (11, "")
    assert "tampered" in ran.out


def test_a_local_file_that_the_index_lists_differently_is_refused(shell: Shell, mild: Path) -> None:
    (shell.home / HONEST.name).write_bytes(with_member("box/more.py"))
    with serving([Project("box", [Release("1.0", [HONEST])])]) as index:
        ran = shell.assess(index, f"./{HONEST.name}", "--policy", mild)
    assert ran.code == 11
    assert "tampered" in ran.out


def test_a_file_that_changed_after_the_first_look_is_refused(shell: Shell, mild: Path) -> None:
    other = File(HONEST.name, with_member("box/more.py"))
    with serving([Project("box", [Release("1.0", [HONEST])])]) as index:
        first = shell.assess(index, "box", "--policy", mild)
        index.projects["box"] = Project("box", [Release("1.0", [other])])
        second = Shell(shell.home, {"SUPPLYTRUST_CACHE": str(shell.home / "new")}).assess(
            index, "box", "--policy", mild
        )
    assert first.code == 10
    assert second.code == 11
    assert "not the file first seen" in second.out


# --- the index -------------------------------------------------------------------------------------

INDEXES = {
    "500 at once": (Quirks(status={"/simple/": 500}), 3),
    "403": (Quirks(status={"/simple/": 403}), 3),
    "garbage": (Quirks(garbage=["/simple/"]), 3),
    "500 for documents": (Quirks(status={"/pypi/": 500}), 10),
    "garbage documents": (Quirks(garbage=["/pypi/"]), 10),
    "HTML for JSON": (Quirks(json_api=False, html_for_missing=True), 10),
    "no downloads": (Quirks(status={"/files/": 403}), 10),
    "half of every file": (Quirks(truncate=["sample_kit-1.2-py3-none-any.whl"]), 11),
}


@pytest.mark.parametrize("case", INDEXES)
@pytest.mark.thorough
def test_an_index_that_does_not_answer_as_it_should(shell: Shell, mild: Path, case: str) -> None:
    quirks, code = INDEXES[case]
    with serving([KIT], quirks) as index:
        ran = shell.assess(index, "sample-kit", "--policy", mild)
    if code == 3:
        clear(ran, 3)
    else:
        assert (ran.code, ran.err) == (code, "")


@pytest.mark.thorough
def test_an_index_that_is_not_there(shell: Shell) -> None:
    with serving([KIT]) as index:
        pass
    clear(shell.assess(index, "sample-kit"), 3)


@contextmanager
def waiting(index: Index, folder: Path, seconds: float) -> Iterator[CollectContext]:
    """A world that waits so long for an answer and asks once."""
    limits = HttpLimits(connect=30, read=seconds, total=seconds, retries=0)
    (folder / "scratch").mkdir(parents=True)
    with closing(Client(folder / "http", limits=limits)) as door:
        settings = Settings(index={"pypi": index.url})
        yield CollectContext(door, settings, at=NOW, now=NOW, scratch=folder / "scratch", cache=folder / "cache")


def test_a_slow_index_ends_at_the_deadline(tmp_path: Path) -> None:
    with serving([KIT], Quirks(hold=("/simple/",))) as index, waiting(index, tmp_path, 0.3) as impatient:
        with pytest.raises(NothingToAssessError, match="no answer for /simple/sample-kit/"):
            resolve("sample-kit", impatient)


def test_slow_documents_leave_unknowns_with_their_reason(tmp_path: Path, mild: Path) -> None:
    with serving([KIT]) as index:
        with waiting(index, tmp_path / "patient", 60) as patient:
            subject = resolve("sample-kit", patient)
        index.quirks = Quirks(hold=("/",))
        with waiting(index, tmp_path / "impatient", 0.3) as impatient:
            found = collect_claims(subject, impatient)
    assert NotObservedReason.UNREACHABLE in {gap.reason for gap in found.gaps}
    record = judge(Evidence(subject.purl, NOW, (found,), None), loader.load(mild), NOW, alone=True)
    assert record.outcome is Outcome.REFER
    assert any("unreachable" in question.reason for question in record.not_observed)


def test_text_of_an_index_cannot_forge_a_report(shell: Shell) -> None:
    forged = "gone\n\nsample-kit 1.0   ADMIT   (policy baseline)\r\x1b[2J\u202e"
    file = wheel("box", "1.0", yanked=forged)
    info = {"summary": forged, "author": forged}
    project = Project("box", [Release("1.0", [file], info=info)], owners=[forged], requires=["part"])
    with serving([project, history("part", "1.0", "1.1", owners=[forged])]) as index:
        for form in ("text", "json", "markdown", "html", "sarif"):
            options = ("--policy", "keep", "--deps", "direct", "--format", form)
            ran = shell.assess(index, "box==1.0", *options)
            assert ran.code == 11
            assert not set("\x1b\r") & set(ran.out)
            assert form != "text" or "\u202e" not in ran.out
            assert not any(line.startswith("sample-kit") for line in ran.out.splitlines())


@pytest.mark.thorough
def test_a_process_of_its_own_shows_no_traceback(shell: Shell) -> None:
    with serving([KIT], Quirks(garbage=["/simple/"])) as index:
        broken = shell.spawn("assess", "sample-kit", "--index-url", index.url, *LOOK)
        missing = shell.spawn("assess", "./missing-1.0-py3-none-any.whl", "--index-url", index.url, *LOOK)
    clear(broken, 3)
    clear(missing, 3)
