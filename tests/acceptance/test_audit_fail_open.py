"""The ten ways to say yes without having looked, over whole sets: told in every format, with the exit code of the outcome.

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
from simulators.index import File, Index, Project, Quirks, Release, history, sdist, serving, wheel

FORMATS = ("text", "json", "markdown", "html", "sarif")
EXIT = {"ADMIT": 0, "REFER": 10, "REFUSE": 11}
LINKS = {"Source": "https://example.org/kit"}
KIT = history("sample-kit", "1.0", "1.1", "1.2", links=LINKS)
PARTS = tuple(f"part-{n}" for n in range(5))


def lock(shell: Shell, *rows: str) -> str:
    (shell.home / "requirements.txt").write_text("".join(f"{row}\n" for row in rows))
    return "requirements.txt"


def audited(shell: Shell, index: Index, *words: str | Path) -> Ran:
    return shell.run("audit", *words, "--index-url", index.url, "--rebuild", "never", "--no-progress")


def printed(document: str, form: str) -> str:
    """The outcome as a reader of this format finds it."""
    headline: Callable[[str], str] = lambda text: text.split("(policy")[0].split()[-1]  # noqa: E731
    readers: dict[str, Callable[[str], str]] = {
        "text": lambda d: headline(d.splitlines()[0]),
        "json": lambda d: str(json.loads(d)["outcome"]),
        "markdown": lambda d: headline(d.splitlines()[0]),
        "html": lambda d: headline(d.partition("<title>")[2]),
        "sarif": lambda d: str(json.loads(d)["runs"][0]["properties"]["outcome"]),
    }
    return readers[form](document)


def everywhere(shell: Shell, index: Index, mild: Path, *words: str | Path) -> dict[str, Ran]:
    """One audit in every format, each agreeing with its exit code and with the others."""
    ran = {form: audited(shell, index, *words, "--policy", mild, "--format", form) for form in FORMATS}
    assert {form: r.err for form, r in ran.items()} == dict.fromkeys(FORMATS, "")
    assert {EXIT[printed(r.out, form)] for form, r in ran.items()} == {ran["json"].code}
    assert {r.code for r in ran.values()} == {ran["json"].code}
    return ran


def subjects(ran: dict[str, Ran]) -> dict[str, dict[str, object]]:
    found = cast("list[dict[str, object]]", json.loads(ran["json"].out)["subjects"])
    return {str(one["purl"]): one for one in found}


def outcomes(ran: dict[str, Ran]) -> dict[str, object]:
    return {purl: one["outcome"] for purl, one in subjects(ran).items()}


def why(one: dict[str, object]) -> str:
    return " ".join(reason["text"] for reason in cast("list[dict[str, str]]", one["reasons"]))


def test_an_honest_set_is_admitted_under_the_mild_policy(shell: Shell, mild: Path) -> None:
    with serving([KIT]) as index:
        ran = everywhere(shell, index, mild, lock(shell, "sample-kit==1.2"))
    assert {r.code for r in ran.values()} == {0}


def test_1_nothing_of_the_set_could_be_looked_at(shell: Shell, mild: Path) -> None:
    with serving([KIT]) as index:
        ran = everywhere(shell, index, mild, lock(shell, *(f"{name}==1.0" for name in PARTS)))
    assert ran["json"].code == 10
    assert outcomes(ran) == {f"pkg:pypi/{name}@1.0": "REFER" for name in PARTS}
    assert all(one["record"] is None and why(one) for one in subjects(ran).values())
    assert all(name in r.out for r in ran.values() for name in PARTS)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("quirks", [Quirks(), Quirks(html_for_missing=True)], ids=["404", "friendly page"])
@pytest.mark.parametrize("target", ["no-such-kit", "pkg:pypi/no-such-kit@1.0"])
def test_2_a_package_that_is_not_in_the_index(shell: Shell, mild: Path, quirks: Quirks, target: str) -> None:
    with serving([KIT], quirks) as index:
        ran = everywhere(shell, index, mild, target, lock(shell, "sample-kit==1.2"))
    assert ran["json"].code == 10
    found = subjects(ran)
    assert found["pkg:pypi/sample-kit@1.2"]["outcome"] == "ADMIT"
    missing = next(one for purl, one in found.items() if "no-such-kit" in purl)
    assert (missing["outcome"], missing["record"]) == ("REFER", None)
    assert "not judged" in ran["text"].out


@pytest.mark.thorough
def test_3_four_of_five_downloads_failed(shell: Shell, mild: Path) -> None:
    failing = Quirks(status={f"/files/{name}/": 403 for name in PARTS[1:]})
    with serving([history(name, "1.0", "1.1", links=LINKS) for name in PARTS], failing) as index:
        ran = everywhere(shell, index, mild, lock(shell, *(f"{name}==1.1" for name in PARTS)))
    assert ran["json"].code == 10
    assert outcomes(ran) == {f"pkg:pypi/{n}@1.1": "ADMIT" if n == PARTS[0] else "REFER" for n in PARTS}
    for name in PARTS[1:]:
        assert f"/files/{name}/" in why(subjects(ran)[f"pkg:pypi/{name}@1.1"])


@pytest.mark.thorough
def test_4_some_questions_could_not_be_asked(shell: Shell, mild: Path) -> None:
    with serving([KIT]) as index:
        target = lock(shell, "sample-kit==1.2")
        whole = everywhere(Shell(shell.home, {"SUPPLYTRUST_CACHE": str(shell.home / "whole")}), index, mild, target)
        index.quirks = Quirks(garbage=["/pypi/"])
        part = everywhere(shell, index, mild, target, "--no-ledger")
    assert (whole["json"].code, part["json"].code) == (0, 10)
    before, after = (subjects(r)["pkg:pypi/sample-kit@1.2"]["coverage"] for r in (whole, part))
    assert 0 < cast("float", after) < cast("float", before) < 1
    for form in ("text", "markdown", "html"):
        assert re.search(r"\b\d\d?% of its questions answered", part[form].out), form


@pytest.mark.parametrize("where", ["empty", "comments.txt", "empty.json"])
@pytest.mark.parametrize("form", FORMATS)
def test_5_a_target_that_lists_nothing(shell: Shell, mild: Path, where: str, form: str) -> None:
    (shell.home / "empty").mkdir()
    (shell.home / "comments.txt").write_text("# none yet\n")
    (shell.home / "empty.json").write_text('{"bomFormat": "CycloneDX", "components": []}')
    with serving([KIT]) as index:
        alone = audited(shell, index, where, "--policy", mild, "--format", form)
        among = audited(shell, index, "sample-kit==1.2", where, "--policy", mild, "--format", form)
    assert (alone.code, alone.out, len(alone.complaint)) == (3, "", 1)
    assert (among.code, among.out, len(among.complaint)) == (3, "", 1)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("whole", [wheel("box", "1.0"), sdist("box", "1.0")], ids=["wheel", "sdist"])
def test_6_a_truncated_archive_is_malformed_and_not_called_bad(shell: Shell, mild: Path, whole: File) -> None:
    half = File(whole.name, whole.data[: len(whole.data) // 2])
    with serving([Project("box", [Release("1.0", [half])])]) as index:
        ran = everywhere(shell, index, mild, lock(shell, f"box==1.0 --hash=sha256:{half.sha256}"))
        folder = shell.home / "wheels"
        folder.mkdir()
        (folder / half.name).write_bytes(half.data)
        local = everywhere(shell, index, mild, "wheels")
    for each in (ran, local):
        assert each["json"].code == 10
        assert all(re.search(r"malformed|not a (zip|readable)\s+archive", r.out) for r in each.values())


@pytest.mark.thorough
def test_7_the_exit_code_is_the_printed_outcome_and_the_worst_one(shell: Shell, mild: Path) -> None:
    swapped = Project("box", [Release("1.0", [wheel("box", "1.0", listed_sha256="0" * 64)])])
    with serving([KIT, swapped]) as index:
        for rows, code in {
            ("sample-kit==1.2",): 0,
            ("sample-kit==1.2", "gone==1"): 10,
            ("gone==1", "box==1.0"): 11,
        }.items():
            ran = everywhere(shell, index, mild, lock(shell, *rows))
            assert ran["json"].code == code
            for form in FORMATS:
                kept = audited(shell, index, "requirements.txt", "--policy", mild, "--format", form, "-o", "out.txt")
                changed = audited(shell, index, "requirements.txt", "--policy", mild, "--format", form, "--changed")
                assert (kept.code, kept.out, changed.code) == (code, "", code)
                assert printed((shell.home / "out.txt").read_text("utf-8"), form) == printed(changed.out, form)


@pytest.mark.thorough
def test_8_the_file_that_the_list_names_is_judged_and_no_other(shell: Shell, mild: Path) -> None:
    whole, pieces = wheel("box", "1.0"), sdist("box", "1.0", listed_sha256="0" * 64)
    with serving([Project("box", [Release("1.0", [whole, pieces])])]) as index:
        named = everywhere(shell, index, mild, lock(shell, f"box==1.0 --hash=sha256:{whole.sha256}"))
        other = everywhere(shell, index, mild, lock(shell, f"box==1.0 --hash=sha256:{'0' * 64}"))
        listed = [f"pkg:pypi/box@1.0?file_name={one.name}" for one in (whole, pieces)]
        both = everywhere(shell, index, mild, *listed)
    artifact = cast("dict[str, str]", subjects(named)["pkg:pypi/box@1.0"]["artifact"])
    assert artifact == {"name": whole.name, "sha256": whole.sha256}
    assert named["json"].code != 11
    assert other["json"].code == 11
    assert both["json"].code == 11
    judged = {one["listed"]: one["artifact"]["sha256"] for one in json.loads(both["json"].out)["subjects"]}
    assert judged == {listed[0]: whole.sha256, listed[1]: "0" * 64}


@pytest.mark.thorough
def test_9_offline_without_what_was_never_fetched(shell: Shell, mild: Path) -> None:
    target = lock(shell, "sample-kit==1.2")
    with serving([KIT], Quirks(json_api=False)) as index:
        cold = everywhere(shell, index, mild, target, "--offline", "--no-ledger")
        audited(shell, index, target, "--policy", mild, "--no-ledger")
        index.requests.clear()
        warm = everywhere(shell, index, mild, target, "--offline", "--no-ledger")
        assert index.requests == []
    assert (cold["json"].code, warm["json"].code) == (10, 10)
    assert all("not in the cache" in r.out for r in cold.values())
    assert subjects(warm)["pkg:pypi/sample-kit@1.2"]["record"]
    for form in ("text", "markdown", "html"):
        assert re.search(r"as of \d{4}-\d\d-\d\d", warm[form].out), form
    assert re.match(r"\d{4}-\d\d-\d\dT", json.loads(warm["json"].out)["assessedAt"])


FAULTS = {
    "no JSON API": Quirks(json_api=False),
    "garbage": Quirks(garbage=["/pypi/"]),
    "HTML for JSON": Quirks(json_api=False, html_for_missing=True),
    "no downloads": Quirks(status={"/files/": 403}),
    "truncated wheel": Quirks(truncate=["sample_kit-1.2-py3-none-any.whl"]),
    "no upload times": Quirks(upload_times=False, json_api=False),
    "plain HTML": Quirks(html=True, upload_times=False, sizes=False, json_api=False),
    "no index": Quirks(status={"/simple/": 403}),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.sampled(1)
@pytest.mark.thorough
def test_10_what_is_inconclusive_never_helps(shell: Shell, mild: Path, fault: str) -> None:
    other = history("other-kit", "1.0", "1.1", links=LINKS)
    with serving([KIT, other]) as index:
        target = lock(shell, "sample-kit==1.2", "other-kit==1.1")
        clear = Shell(shell.home, {"SUPPLYTRUST_CACHE": str(shell.home / "clear")})
        whole = everywhere(clear, index, mild, target, "--no-ledger")
        index.quirks = FAULTS[fault]
        part = everywhere(shell, index, mild, target, "--no-ledger")
    assert part["json"].code > whole["json"].code == 0
    before, after = subjects(whole), subjects(part)
    for purl, one in before.items():
        assert EXIT[str(after[purl]["outcome"])] >= EXIT[str(one["outcome"])]
        assert cast("float", after[purl]["coverage"] or 0.0) <= cast("float", one["coverage"])
    assert any(cast("float", after[p]["coverage"] or 0.0) < cast("float", before[p]["coverage"]) for p in before)


def test_a_record_that_was_kept_does_not_hide_what_is_gone_now(shell: Shell, mild: Path) -> None:
    """The ledger saves work only while the question is the same; --fresh asks again."""
    target = lock(shell, "sample-kit==1.2")
    unlinked = history("sample-kit", "1.0", "1.1", "1.2")  # an address that does not answer would be asked again
    with serving([unlinked]) as index:
        first = audited(shell, index, target, "--policy", mild)
        index.quirks = Quirks(status={"/simple/": 403})
        cold = Shell(shell.home, {"SUPPLYTRUST_CACHE": str(shell.home / "cold")})
        kept = json.loads(audited(cold, index, target, "--policy", mild, "--format", "json").out)
        fresh = audited(cold, index, target, "--policy", mild, "--fresh")
    assert (first.code, fresh.code) == (0, 10)
    assert [one["reused"] for one in kept["subjects"]] == [True]
