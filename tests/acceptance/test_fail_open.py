"""Ten ways in which a tool can say yes because it saw nothing; here each is told, and never ADMIT.

All run under a policy that admits an honest simulated package, so that a hole would show as exit code 0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from simulators.commands import Ran, Shell
from simulators.index import File, Project, Quirks, Release, history, sdist, serving, wheel

FORMATS = ("text", "json", "markdown", "html", "sarif")
EXIT = {"ADMIT": 0, "REFER": 10, "REFUSE": 11}
KIT = history("sample-kit", "1.0", "1.1", "1.2", links={"Source": "https://example.org/kit"})


def app(*requires: str) -> Project:
    files = [wheel("app", "1.0", requires=requires), sdist("app", "1.0", requires=requires, backend="")]
    return Project("app", [Release("1.0", files)], requires=requires, links={"Source": "https://example.org/app"})


def record(ran: Ran) -> dict[str, object]:
    return cast("dict[str, object]", json.loads(ran.out)["predicate"])


def coverage(ran: Ran) -> dict[str, float]:
    areas = cast("dict[str, dict[str, str]]", record(ran)["areas"])
    return {area: float(verdict["coverage"]) for area, verdict in areas.items()}


def test_the_honest_package_is_admitted_under_the_mild_policy(shell: Shell, mild: Path) -> None:
    with serving([KIT]) as index:
        ran = shell.assess(index, "sample-kit", "--policy", mild)
    assert ran.code == 0, ran.out
    assert "ADMIT" in ran.out.splitlines()[0]
    assert ran.err == ""


def test_1_no_dependency_could_be_looked_at(shell: Shell, mild: Path) -> None:
    names = [f"part-{n}" for n in range(3)]
    with serving([app(*names)]) as index:
        ran = shell.assess(index, "app", "--policy", mild, "--deps", "direct", "--format", "json")
        text = shell.assess(index, "app", "--policy", mild, "--deps", "direct")
    assert (ran.code, text.code) == (10, 10)
    judged = {d["purl"]: d["outcome"] for d in cast("list[dict[str, str]]", record(ran)["dependencies"])}
    assert judged == {f"pkg:pypi/{name}": "REFER" for name in [*names, "setuptools"]}
    why = [r["text"] for r in cast("list[dict[str, str]]", record(ran)["reasons"])]
    for name in names:
        assert any(f"pkg:pypi/{name} REFER" in line and "was not observed" in line for line in why)
        assert f"{name} REFER" in text.out


@pytest.mark.parametrize("quirks", [Quirks(), Quirks(html_for_missing=True)], ids=["404", "friendly page"])
@pytest.mark.parametrize("subject", ["no-such-kit", "pkg:pypi/no-such-kit@1.0"])
def test_2_the_package_is_not_in_the_index(shell: Shell, mild: Path, quirks: Quirks, subject: str) -> None:
    with serving([KIT], quirks) as index:
        ran = shell.assess(index, subject, "--policy", mild)
    assert ran.code == 3
    assert ran.out == ""
    assert len(ran.complaint) == 1


def test_3_four_of_five_downloads_failed(shell: Shell, mild: Path) -> None:
    names = [f"part-{n}" for n in range(5)]
    failing = {f"/files/{name}/": 403 for name in names[1:]}
    with serving([app(*names), *(history(n, "1.0", "1.1") for n in names)], Quirks(status=failing)) as index:
        ran = shell.assess(index, "app", "--policy", mild, "--deps", "direct", "--format", "json")
    assert (ran.code, record(ran)["outcome"]) == (10, "REFER")
    linked = [d for d in cast("list[dict[str, str]]", record(ran)["dependencies"]) if d["kind"] == "link"]
    judged = {d["purl"]: d["outcome"] for d in linked}
    assert judged == {f"pkg:pypi/{n}@1.1": "ADMIT" if n == names[0] else "REFER" for n in names}
    why = " ".join(r["text"] for r in cast("list[dict[str, str]]", record(ran)["reasons"]))
    assert all(f"/files/{name}/" in why for name in names[1:])


def test_4_some_questions_could_not_be_asked(shell: Shell, mild: Path) -> None:
    with serving([KIT]) as index:
        whole = shell.assess(index, "sample-kit", "--format", "json")
        index.quirks = Quirks(garbage=["/pypi/"])
        part = Shell(shell.home / "..").assess(index, "sample-kit", "--policy", mild, "--format", "json", "--no-ledger")
        text = Shell(shell.home / "..").assess(index, "sample-kit", "--policy", mild, "--no-ledger")
    assert (part.code, text.code) == (10, 10)
    assert coverage(part)["provenance"] < coverage(whole)["provenance"] < 1
    answered = re.findall(r"(\d+) of (\d+) questions answered", text.out)
    assert len(answered) == 5
    assert any(int(some) < int(asked) for some, asked in answered)
    assert "provenance      REFER" in text.out


@pytest.mark.parametrize("where", [".", "./", "empty/"])
def test_5_an_empty_folder(shell: Shell, mild: Path, where: str) -> None:
    (shell.home / "empty").mkdir()
    with serving([KIT]) as index:
        ran = shell.assess(index, where, "--policy", mild)
    assert ran.code == 3
    assert ran.out == ""
    assert len(ran.complaint) == 1


@pytest.mark.sampled(1)
@pytest.mark.parametrize("whole", [wheel("box", "1.0"), sdist("box", "1.0")], ids=["wheel", "sdist"])
@pytest.mark.parametrize("local", [False, True], ids=["from the index", "local file"])
def test_6_a_truncated_archive_is_malformed_and_not_called_bad(
    shell: Shell, mild: Path, whole: File, local: bool
) -> None:
    half = File(whole.name, whole.data[: len(whole.data) // 2])
    (shell.home / half.name).write_bytes(half.data)
    subject = f"./{half.name}" if local else "box"
    with serving([Project("box", [Release("1.0", [half])])]) as index:
        ran = shell.assess(index, subject, "--policy", mild, "--format", "json")
        text = shell.assess(index, subject, "--policy", mild)
    assert (ran.code, text.code) == (10, 10)
    assert record(ran)["vetoes"] == []
    areas = cast("dict[str, dict[str, list[dict[str, object]]]]", record(ran)["areas"])
    found = {f["signal"]: f for f in areas["integrity"]["findings"]}
    container = found["integrity/archive_container_clean"]
    assert (container["status"], container["reason"]) == ("not_observed", "malformed")
    assert re.search(r"malformed|not a (zip|readable)\s+archive", text.out)


def outcome_in(document: str, form: str) -> str:
    """The outcome as a reader of this format finds it."""
    readers: dict[str, Callable[[str], str]] = {
        "text": lambda d: d.splitlines()[0].split("(policy")[0].split()[-1],
        "json": lambda d: str(json.loads(d)["predicate"]["outcome"]),
        "markdown": lambda d: d.splitlines()[0].rpartition(": ")[2],
        "html": lambda d: d.partition("<title>")[2].partition("</title>")[0].rpartition(": ")[2],
        "sarif": lambda d: str(json.loads(d)["runs"][0]["properties"]["outcome"]),
    }
    return readers[form](document)


def evidence(shell: Shell, project: Project, path: Path) -> Path:
    with serving([project]) as index:
        ran = shell.run(
            "collect", project.name, "--index-url", index.url, "--deps", "none", "--rebuild", "never", "-o", path
        )
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    return path


@pytest.mark.sampled(1)
@pytest.mark.parametrize("form", FORMATS)
def test_7_the_exit_code_is_the_printed_outcome(shell: Shell, mild: Path, tmp_path: Path, form: str) -> None:
    honest = evidence(shell, KIT, tmp_path / "kit.json")
    swapped = Project("box", [Release("1.0", [wheel("box", "1.0", listed_sha256="0" * 64)])])
    tampered = evidence(shell, swapped, tmp_path / "box.json")
    seen = {}
    for path, policy in ((honest, mild), (honest, "baseline"), (tampered, mild)):
        ran = shell.run("appraise", path, "--alone", "--policy", policy, "--format", form)
        seen[outcome_in(ran.out, form)] = ran.code
        to_file = shell.run(
            "appraise", path, "--alone", "--policy", policy, "--format", form, "-o", tmp_path / "out.txt"
        )
        assert (to_file.code, to_file.out) == (ran.code, "")
        assert (tmp_path / "out.txt").read_text("utf-8") == ran.out
    assert seen == EXIT


def test_8_sdist_and_wheel_of_one_release_are_two_subjects(shell: Shell, mild: Path) -> None:
    whole, pieces = wheel("box", "1.0"), sdist("box", "1.0", listed_sha256="0" * 64)
    with serving([Project("box", [Release("1.0", [whole, pieces])])]) as index:
        told = {
            name: shell.assess(index, f"pkg:pypi/box@1.0?file_name={name}", "--policy", mild, "--format", "json")
            for name in (whole.name, pieces.name)
        }
    judged = {name: cast("dict[str, object]", record(ran)["trustee"]) for name, ran in told.items()}
    assert told[pieces.name].code == 11
    assert told[whole.name].code != 11
    for name, digest in ((whole.name, whole.sha256), (pieces.name, "0" * 64)):
        subject = json.loads(told[name].out)["subject"][0]
        assert subject["digest"]["sha256"] == digest
        assert name in json.dumps(judged[name])


def test_9_offline_without_what_was_never_fetched(shell: Shell, mild: Path) -> None:
    with serving([KIT], Quirks(json_api=False)) as index:
        cold = shell.assess(index, "sample-kit", "--policy", mild, "--offline")
        shell.assess(index, "sample-kit", "--policy", mild)
        index.requests.clear()
        warm = shell.assess(index, "sample-kit", "--policy", mild, "--offline", "--format", "json")
        text = shell.assess(index, "sample-kit", "--policy", mild, "--offline")
        assert index.requests == []
    assert (cold.code, cold.out) == (3, "")
    assert "not in the cache" in cold.err
    assert (warm.code, text.code) == (10, 10)
    missing = cast("list[dict[str, str]]", record(warm)["notObserved"])
    about = [entry for entry in missing if "no_open_advisory" in json.dumps(entry)]
    assert len(about) == 1
    assert "responsiveness" in text.out.partition("to change it")[2]
    assert re.search(r"as of \d{4}-\d\d-\d\d", text.out)


FAULTS = {
    "no JSON API": Quirks(json_api=False),
    "garbage": Quirks(garbage=["/pypi/"]),
    "HTML for JSON": Quirks(json_api=False, html_for_missing=True),
    "no downloads": Quirks(status={"/files/": 403}),
    "truncated wheel": Quirks(truncate=["sample_kit-1.2-py3-none-any.whl"]),
    "no upload times": Quirks(upload_times=False, json_api=False),
    "plain HTML": Quirks(html=True, upload_times=False, sizes=False, json_api=False),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.sampled(1)
def test_10_what_is_inconclusive_never_helps(shell: Shell, mild: Path, fault: str) -> None:
    with serving([KIT]) as index:
        whole = Shell(shell.home.parent).assess(index, "sample-kit", "--policy", mild, "--format", "json")
        index.quirks = FAULTS[fault]
        part = shell.assess(index, "sample-kit", "--policy", mild, "--format", "json")
    assert part.code > whole.code == 0
    assert EXIT[str(record(part)["outcome"])] == part.code
    before, after = coverage(whole), coverage(part)
    assert min(after[a] - before[a] for a in before) < 0
    assert cast("list[object]", record(part)["notObserved"]) != []
