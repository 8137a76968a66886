"""A set of packages is judged: nothing is left out, nothing that failed is admitted, and runs can be resumed."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest

from simulators.commands import Shell
from simulators.index import Index, Project, Release, history, serving, wheel
from supplytrust.audits.runner import audit
from supplytrust.errors import InputError, InvalidSubjectError, NothingToAssessError, UsageError
from supplytrust.ledger import Ledger
from supplytrust.model.vocabulary import Outcome
from supplytrust.reports import FORMATS, render_audit
from supplytrust.reports.json import as_data

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
NAMES = ("alpha", "beta", "gamma", "delta")


@pytest.fixture
def index() -> Iterator[Index]:
    with serving([history(name, "1.0", "1.1") for name in NAMES]) as running:
        yield running


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SUPPLYTRUST_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def put(folder: Path, text: str, name: str = "requirements.txt") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def run(index: Index, target, **options):
    looking = {"index_url": index.url, "rebuild": "never", "at": AT, "policy": "baseline", **options}
    return audit(target, **looking)


def outcomes(result) -> dict[str, Outcome]:
    return {one.listed: one.outcome for one in result}


# --- what an audit says -------------------------------------------------------------------------------


def test_every_listed_package_has_a_verdict_and_the_worst_decides(index, tmp_path):
    result = run(index, put(tmp_path, "alpha==1.0\nbeta\ngamma>=1,<1.1\n-e ./mine\n"))
    assert sorted(one.purl for one in result) == [
        "pkg:generic/mine",
        "pkg:pypi/alpha@1.0",
        "pkg:pypi/beta@1.1",
        "pkg:pypi/gamma@1.0",
    ]
    assert result.outcome is max(one.outcome for one in result)
    assert result.footprint.packages == 4
    assert all(one.reasons for one in result if one.outcome is not Outcome.ADMIT)
    assert {p.name: len(p.packages) for p in result.footprint.single_points} == {"alice": 3, "bob": 3}


def test_the_path_to_what_is_not_admitted_follows_the_lock(index, tmp_path):
    bom = {
        "bomFormat": "CycloneDX",
        "components": [{"name": n, "purl": f"pkg:pypi/{n}@1.0", "bom-ref": n} for n in ("alpha", "beta")]
        + [{"name": "x", "purl": "pkg:nuget/x@1", "bom-ref": "x"}],
        "dependencies": [{"ref": "alpha", "dependsOn": ["beta"]}, {"ref": "beta", "dependsOn": ["x"]}],
    }
    result = run(index, put(tmp_path, json.dumps(bom), "bom.json"))
    unknown = next(one for one in result if one.listed == "pkg:nuget/x@1")
    assert unknown.path == ("pkg:pypi/alpha@1.0", "pkg:pypi/beta@1.0", "pkg:nuget/x@1")
    assert unknown.outcome is Outcome.REFER
    assert "nuget" in unknown.reasons[0].text


def test_the_locked_file_is_judged_and_no_other_in_its_place(index, tmp_path):
    release = index.projects["alpha"].releases[0]
    sdist = next(f for f in release.files if f.name.endswith(".tar.gz"))
    other = "0" * 64
    lock = f"alpha==1.0 --hash=sha256:{sdist.sha256}\nbeta==1.0 --hash=sha256:{other}\n"
    found = {one.listed: one for one in run(index, put(tmp_path, lock))}
    assert found["pkg:pypi/alpha@1.0"].file_name == sdist.name
    assert found["pkg:pypi/beta@1.0"].outcome is not Outcome.ADMIT
    assert found["pkg:pypi/beta@1.0"].record_digest == ""
    assert "locked sha256" in found["pkg:pypi/beta@1.0"].reasons[0].text


def test_wheels_in_a_folder_are_judged_by_their_own_bytes(index, tmp_path):
    mine = wheel("alpha", "1.0", {"alpha/__init__.py": "OTHER = True\n"})
    folder = tmp_path / "wheels"
    folder.mkdir()
    (folder / mine.name).write_bytes(mine.data)
    (one,) = run(index, folder)
    assert one.artifact_sha256 == mine.sha256
    assert one.outcome is not Outcome.ADMIT


def test_a_file_in_a_folder_does_not_answer_for_the_index_s_file_of_that_release(index, tmp_path):
    folder, ledger = tmp_path / "wheels", tmp_path / "ledger.db"
    folder.mkdir()
    for file in (wheel("alpha", "1.0", {"alpha/__init__.py": "OTHER = True\n"}), wheel("beta", "1.0")):
        (folder / file.name).write_bytes(file.data)
    run(index, folder, ledger=ledger)
    listed = run(index, put(tmp_path, "alpha==1.0\nbeta==1.0\n"), ledger=ledger, at=AT + timedelta(minutes=10))
    assert [one.reused for one in listed] == [False, False]
    assert listed.subjects[0].artifact_sha256 == wheel("alpha", "1.0").sha256
    with Ledger(ledger) as kept:
        records = [json.loads(kept.body(e.record_digest)) for e in kept.history("pkg:pypi/alpha@1.0")]
    assert [r["predicate"]["supersedes"] for r in records] == ["", ""]  # other bytes, another record
    again = run(index, folder, ledger=ledger, at=AT + timedelta(minutes=20))
    assert [one.reused for one in again] == [True, True]


@pytest.mark.thorough
def test_targets_are_taken_for_what_pip_takes_them_for(index, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    release = index.projects["alpha"].releases[0]
    names = [f.name for f in release.files]
    (tmp_path / "dist").mkdir()
    for file in release.files:
        (tmp_path / file.name).write_bytes(file.data)
        (tmp_path / "dist" / file.name).write_bytes(file.data)
    built = next(name for name in names if name.endswith(".whl"))
    forms = [built, f"./{built}", f"{built}[extra]", f"{built} ; python_version > '3'", f"file://{tmp_path}/{built}"]
    for form in forms:
        (one,) = run(index, form)
        assert (one.purl.partition("?")[0], one.file_name) == ("pkg:pypi/alpha@1.0", built), form
    for form in ("dist", "dist/", "./dist", "dist/[extra]"):
        assert {one.file_name for one in run(index, form)} == set(names), form
    assert any("alpha" in note for note in run(index, _folder(tmp_path, "alpha", release)).notes)


def _folder(folder: Path, name: str, release: Release) -> str:
    (folder / name).mkdir()
    (folder / name / release.files[0].name).write_bytes(release.files[0].data)
    return name


def test_a_target_at_an_address_is_unknown_beside_the_others(index):
    result = run(index, ["alpha==1.0", "beta @ https://example.org/beta-1.0.zip"])
    assert {one.listed: bool(one.record_digest) for one in result} == {
        "pkg:pypi/alpha@1.0": True,
        "pkg:pypi/beta": False,
    }


@pytest.mark.parametrize(
    "target", ["x-1.0.tgz", "./nothing.zip", "nothing.whl[extra]", "a" * 5000 + ".whl", "nothing/", "gone.txt"]
)
def test_a_path_that_is_not_there_is_no_name(index, target):
    with pytest.raises((InputError, InvalidSubjectError)):
        run(index, target)
    assert not [path for path in index.requests if "simple" in path]


def test_the_digest_of_a_listed_local_file_is_held_to(index, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = index.projects["alpha"].releases[0].files[0]
    (tmp_path / file.name).write_bytes(file.data)
    (one,) = run(index, put(tmp_path, f"./{file.name} --hash=sha256:{file.sha256}\n"))
    assert one.record_digest
    (one,) = run(index, put(tmp_path, f"./{file.name} --hash=sha256:{'0' * 64}\n"))
    assert not one.record_digest
    assert "locked sha256" in one.reasons[0].text


# --- it never fails open ------------------------------------------------------------------------------


def test_nothing_could_be_looked_up(tmp_path):
    with serving([]) as empty:
        result = run(empty, put(tmp_path, "alpha==1.0\nbeta==1.0\n"))
    assert result.outcome is Outcome.REFER
    assert {one.reasons[0].code for one in result} == {"not-judged:not-found"}


@pytest.mark.thorough
def test_some_downloads_fail(index, tmp_path):
    whole = outcomes(run(index, put(tmp_path, "\n".join(f"{n}==1.0" for n in NAMES))))
    index.quirks = replace(index.quirks, status={f"/files/{n}": 500 for n in NAMES[:3]})
    result = run(index, tmp_path / "requirements.txt")
    assert all(outcomes(result)[purl] >= outcome for purl, outcome in whole.items())
    assert result.outcome >= Outcome.REFER
    assert all(one.outcome is not Outcome.ADMIT and one.reasons for one in result)


def test_a_truncated_artifact_is_not_admitted(index, tmp_path):
    names = [f.name for r in index.projects["alpha"].releases for f in r.files]
    index.quirks = replace(index.quirks, truncate=names)
    (one,) = run(index, put(tmp_path, "alpha==1.0\n"))
    assert one.outcome is not Outcome.ADMIT


def test_offline_without_a_cache_says_what_is_missing(index, tmp_path):
    result = run(index, put(tmp_path, "alpha==1.0\n"), offline=True)
    assert result.outcome is Outcome.REFER
    assert result.subjects[0].reasons[0].code == "not-judged:offline"


@pytest.mark.parametrize("target", [[], ["empty"], ["none.txt"]])
def test_nothing_listed_is_no_result(index, tmp_path, target):
    (tmp_path / "empty").mkdir()
    put(tmp_path, "# nothing\n", "none.txt")
    with pytest.raises(NothingToAssessError):
        run(index, target)


def test_one_empty_list_among_others_is_an_error_too(index, tmp_path):
    put(tmp_path, "", "none.txt")
    with pytest.raises(NothingToAssessError):
        run(index, [put(tmp_path, "alpha==1.0"), tmp_path / "none.txt"])


def test_a_missing_list_is_not_taken_for_a_package(index):
    for name in ("nowhere.txt", "no/such", "uv.lock"):
        with pytest.raises(InputError):
            run(index, [name])


class Breaking(Executor):
    """An executor that loses every second task, as one does whose worker died."""

    def __init__(self) -> None:
        self.count = 0
        self.pool = ThreadPoolExecutor(2)

    def submit(self, fn, /, *args, **kwargs):
        self.count += 1
        if self.count % 2:
            return self.pool.submit(fn, *args, **kwargs)
        lost: Future[object] = Future()
        lost.set_exception(RuntimeError("the worker is gone"))
        return lost


def test_a_lost_task_is_a_package_that_was_not_judged(index, tmp_path):
    result = run(index, put(tmp_path, "\n".join(f"{n}==1.0" for n in NAMES)), executor=Breaking())
    lost = [one for one in result if not one.record_digest]
    assert len(lost) == 2
    assert all(one.outcome is Outcome.REFER and "gone" in one.reasons[0].text for one in lost)


@pytest.mark.thorough
def test_more_evidence_missing_is_never_better(index, tmp_path):
    path = put(tmp_path, "alpha==1.0\nbeta==1.0\n")
    whole = outcomes(run(index, path))
    for status in ({"/pypi": 500}, {"/files/alpha": 500}, {"/simple/beta": 503}):
        index.quirks = replace(index.quirks, status=status)
        less = outcomes(run(index, path))
        assert all(less[purl] >= outcome for purl, outcome in whole.items())


def test_unusable_options_are_usage_errors(index, tmp_path):
    path = put(tmp_path, "alpha==1.0\n")
    with pytest.raises(UsageError):
        run(index, path, jobs=0)
    with pytest.raises(UsageError):
        run(index, path, deps="some")


# --- runs after runs ----------------------------------------------------------------------------------


@pytest.mark.thorough
def test_what_was_judged_lately_is_not_judged_again(index, tmp_path):
    path, ledger = put(tmp_path, "alpha==1.0\nbeta==1.0\n"), tmp_path / "ledger.db"
    first = run(index, path, ledger=ledger)
    asked = len(index.requests)
    second = run(index, path, ledger=ledger, at=AT + timedelta(minutes=10))
    assert [one.reused for one in second] == [True, True]
    assert len(index.requests) == asked
    assert second.changed == ()
    assert outcomes(first) == outcomes(second)
    for options in ({"fresh": True}, {"policy": "production"}, {"rebuild": "auto"}, {"at": AT + timedelta(hours=21)}):
        again = run(index, path, **{"ledger": ledger, **options})
        assert not any(one.reused for one in again), options


FAULTS = [
    ("/pypi/beta", 503),
    ("/pypi/beta", 429),
    ("/files/beta/beta-1.1.tar.gz", 503),
    ("/files/beta/beta-1.0-py3", 502),
]


@pytest.mark.thorough
@pytest.mark.parametrize(("path", "status"), FAULTS)
def test_what_a_passing_fault_left_open_is_looked_at_again_by_the_next_run(index, tmp_path, path, status):
    """Minutes later, without being asked to; what rests on no fault is taken over as before."""
    names, ledger = put(tmp_path, "alpha==1.0\nbeta==1.1\n"), tmp_path / "ledger.db"
    index.quirks = replace(index.quirks, status={path: status})
    first = run(index, names, ledger=ledger)
    assert {one.listed: one.passing_fault for one in first} == {"pkg:pypi/alpha@1.0": False, "pkg:pypi/beta@1.1": True}
    index.quirks = replace(index.quirks, status={})
    second = run(index, names, ledger=ledger, at=AT + timedelta(minutes=5))
    assert {one.listed: one.reused for one in second} == {"pkg:pypi/alpha@1.0": True, "pkg:pypi/beta@1.1": False}
    third = run(index, names, ledger=ledger, at=AT + timedelta(minutes=10))
    assert [one.reused for one in third] == [True, True]


def test_a_tool_that_was_installed_since_is_used(index, tmp_path, monkeypatch):
    names, ledger = put(tmp_path, "beta==1.1\n"), tmp_path / "ledger.db"
    run(index, names, ledger=ledger)
    monkeypatch.setenv("PATH", str(tmp_path))
    (fewer,) = run(index, names, ledger=ledger, at=AT + timedelta(minutes=5))
    monkeypatch.undo()
    assert not fewer.reused


@pytest.mark.thorough
def test_a_fault_met_by_a_dependency_is_looked_at_again_too(tmp_path):
    """The package itself was answered for; what it needs was not."""
    needing = wheel("needing", "1.0", {"needing/__init__.py": ""}, requires=["alpha==1.0"])
    names, ledger = put(tmp_path, "needing==1.0\n"), tmp_path / "ledger.db"
    with serving([Project("needing", [Release("1.0", (needing,))]), history("alpha", "1.0", "1.1")]) as served:
        served.quirks = replace(served.quirks, status={"/pypi/alpha": 503})
        (first,) = run(served, names, ledger=ledger, deps="direct")
        served.quirks = replace(served.quirks, status={})
        (second,) = run(served, names, ledger=ledger, deps="direct", at=AT + timedelta(minutes=5))
        (third,) = run(served, names, ledger=ledger, deps="direct", at=AT + timedelta(minutes=10))
    assert [one.passing_fault for one in (first, second, third)] == [True, False, False]
    assert [one.reused for one in (first, second, third)] == [False, False, True]


@pytest.mark.thorough
def test_an_interrupted_run_goes_on_with_what_a_fault_left_open(index, tmp_path, monkeypatch):
    """Within the hour: where a repository never answers, a long run could not be resumed otherwise."""
    names, ledger = put(tmp_path, "beta==1.1\n"), tmp_path / "ledger.db"
    index.quirks = replace(index.quirks, status={"/pypi/beta": 503})
    with monkeypatch.context() as interrupted:
        interrupted.setattr(
            "supplytrust.audits.runner._note_faults", lambda *_: None
        )  # a run that never came to its end
        run(index, names, ledger=ledger)
        reused = [
            run(index, names, ledger=ledger, at=AT + after) for after in (timedelta(minutes=59), timedelta(hours=1))
        ]
    assert [one.reused for (one,) in reused] == [True, False]


def test_the_difference_to_the_last_run_is_told(index, tmp_path):
    path, ledger = put(tmp_path, "alpha==1.0\nbeta==1.0\n"), tmp_path / "ledger.db"
    assert run(index, path, ledger=ledger).changed is None
    put(tmp_path, "alpha==1.1\ngamma==1.0\n")
    later = run(index, path, ledger=ledger, at=AT + timedelta(days=1))
    kinds = {change.package: change.kind for change in later.changed}
    assert kinds == {"pkg:pypi/alpha": "changed", "pkg:pypi/beta": "gone", "pkg:pypi/gamma": "new"}
    assert any("version 1.0 -> 1.1" in why for change in later.changed for why in change.why)
    assert run(index, path, ledger=ledger, at=AT + timedelta(days=1, hours=1)).changed == ()


def test_a_release_that_was_withdrawn_is_told_the_next_night(index, tmp_path, monkeypatch):
    path, ledger = put(tmp_path, "alpha==1.0\n"), tmp_path / "ledger.db"
    before = run(index, path, ledger=ledger)
    index.projects["alpha"] = Project("alpha", [r for r in index.projects["alpha"].releases if r.version != "1.0"])
    monkeypatch.setenv("SUPPLYTRUST_CACHE", str(tmp_path / "second-night"))
    after = run(index, path, ledger=ledger, at=AT + timedelta(days=1))
    assert after.outcome >= before.outcome
    assert [c.kind for c in after.changed] == ["changed"]
    assert any("no release" in why for why in after.changed[0].why)


@pytest.mark.thorough
def test_killed_midway_and_run_again_gives_the_records_of_a_quiet_run(index, tmp_path):
    lock = put(tmp_path, "\n".join(f"{n}==1.0" for n in NAMES))
    words = ("audit", lock, "--index-url", index.url, "--rebuild", "never", "--at", AT.isoformat(), "--jobs", "1")
    shell = Shell(tmp_path)
    index.quirks = replace(index.quirks, hold=(f"/simple/{NAMES[-1]}",))
    broken, quiet = tmp_path / "broken.db", tmp_path / "quiet.db"
    process = shell.start(*words, "--ledger", broken)
    try:
        _wait_for_a_record(broken)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    index.quirks = replace(index.quirks, hold=())
    left = _records(broken)
    assert 0 < len(left) < len(NAMES)
    rerun = shell.run(*words, "--ledger", broken, "--format", "json")
    assert sum(one["reused"] for one in json.loads(rerun.out)["subjects"]) == len(left)
    shell.run(*words, "--ledger", quiet)
    assert _verdicts(broken) == _verdicts(quiet)
    assert len(_records(broken)) == len(NAMES)


def _wait_for_a_record(path: Path) -> None:
    until = time.monotonic() + 300
    while time.monotonic() < until:
        if path.exists() and _records(path):
            return
        time.sleep(0.01)
    raise AssertionError("no record was kept")


def _records(path: Path) -> list[str]:
    with Ledger(path) as ledger:
        return sorted(e.record_digest for name in NAMES for e in ledger.history(f"pkg:pypi/{name}"))


def _verdicts(path: Path) -> list[tuple[str, str, str]]:
    with Ledger(path) as ledger:
        entries = [e for name in NAMES for e in ledger.history(f"pkg:pypi/{name}")]
    return sorted((e.purl, e.artifact_sha256, e.outcome.name) for e in entries)


@pytest.mark.thorough
def test_processes_and_threads_agree(index, tmp_path):
    path = put(tmp_path, "alpha==1.0\nbeta==1.0\n")
    here = run(index, path)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        there = run(index, path, executor=pool)
    assert as_data(here) == as_data(there)


def test_progress_tells_how_far_it_is(index, tmp_path):
    told: list[str] = []
    run(index, put(tmp_path, "alpha==1.0\nbeta==1.0\n-e ./x\n"), progress=lambda _event, line: told.append(line))
    assert [line.split(":")[0] for line in told] == ["2 of 3", "3 of 3"]


def test_no_thread_is_left_behind(index, tmp_path):
    before = threading.active_count()
    run(index, put(tmp_path, "alpha==1.0\nbeta==1.0\n"))
    assert threading.active_count() <= before + 1


# --- documents and the command ------------------------------------------------------------------------


@pytest.mark.sampled(1)
@pytest.mark.parametrize("form", sorted(FORMATS))
def test_every_form_says_the_outcome(index, tmp_path, form):
    result = run(index, put(tmp_path, "alpha==1.0\n-e ./<script>alert(1)\n"))
    document = render_audit(result, form)
    assert result.outcome.name in document
    assert "<script>alert" not in document or form in {"json", "text", "sarif"}


def test_the_command_prints_one_document_and_exits_with_the_worst_outcome(index, tmp_path):
    shell, lock = Shell(tmp_path), put(tmp_path, "alpha==1.0\ngit+https://example.org/r.git\n")
    look = ("--index-url", index.url, "--rebuild", "never")
    for form in sorted(FORMATS):
        ran = shell.run("audit", lock, *look, "--format", form)
        assert ran.code == 10, ran.err
        assert ran.err == ""
    document = json.loads(shell.run("audit", lock, *look, "--format", "json").out)
    assert {"outcome", "subjects", "footprint", "changed"} <= document.keys()
    assert all({"purl", "outcome", "reasons"} <= one.keys() for one in document["subjects"])
    text = shell.run("audit", lock, *look).out
    assert sum("alpha@1.0" in line for line in text.splitlines()) >= 1
    changed = shell.run("audit", lock, *look, "--changed")
    assert "nothing since the last run" in changed.out
    assert changed.code == 10


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("empty",), 3),
        (("nowhere.txt",), 2),
        ((), 2),
        (("broken.toml",), 2),
        (("alpha==1.0", "--changed", "--no-ledger"), 2),
        (("alpha==1.0", "--executor", "ftp://x"), 2),
    ],
)
def test_what_cannot_be_audited_is_told_with_its_exit_code(tmp_path, words, code):
    (tmp_path / "empty").mkdir()
    put(tmp_path, 'lock-version = "1.0', "broken.toml")
    ran = Shell(tmp_path).run("audit", *words)
    assert ran.code == code
    assert len(ran.complaint) == 1
    assert ran.out == ""


def test_every_package_of_a_release_that_waits_is_refer(tmp_path):
    young = Project("young", [Release("1.0", [wheel("young", "1.0")], AT - timedelta(hours=2))])
    with serving([young]) as index:
        (one,) = run(index, put(tmp_path, "young==1.0\n"))
    assert one.outcome is Outcome.REFER
