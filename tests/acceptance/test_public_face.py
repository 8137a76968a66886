"""The public face: every name has a type for `mypy --strict`, and a program of somebody else does what it says."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import os
import subprocess
import sys
import typing
from pathlib import Path

import pytest

import supplytrust as st
from simulators.records import DAY, record
from supplytrust.records.envelope import seal
from supplytrust.records.signers import new_key, open_key
from supplytrust.records.statement import PAYLOAD_TYPE, to_statement

CONSUMER = Path(__file__).with_name("consumer.py")
ROOT = Path(__file__).parents[2]
EVIDENCE = sorted((ROOT / "scorecards").glob("*/evidence.json"))
CALLS = sorted(name for name in st.__all__ if inspect.isfunction(getattr(st, name)))


def check_types(path: Path) -> subprocess.CompletedProcess[str]:
    pytest.importorskip("mypy", reason="mypy is not installed (dependency group 'types')")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", os.devnull, str(path)]
    cache = {"MYPY_CACHE_DIR": str(ROOT / ".mypy_cache" / "consumer")}
    return subprocess.run(command, cwd=path.parent, capture_output=True, text=True, check=False, env=os.environ | cache)


@pytest.mark.thorough
def test_a_typed_program_passes_strict_checks() -> None:
    done = check_types(CONSUMER)
    assert done.returncode == 0, done.stdout


@pytest.mark.thorough
def test_what_is_not_offered_is_an_error_of_types(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    lines = [
        "import supplytrust as st",
        'record = st.load("record.json")',
        "st.engine",
        "record.outcom",
        'st.audit("x", polic="y")',
        'record.areas["integrity"].findings[0].sgnal',
        "number: int = record.to_json()",
        "admitted: str = st.admit(None, envelope=None, gate_policy=None, at=record.expires)",
        'reveal_type(record.areas["integrity"].findings[0].signal)',
        *(f"reveal_type(st.{name})" for name in st.__all__),
    ]
    wrong.write_text("\n".join(lines))
    told = check_types(wrong).stdout
    for number in range(3, 9):
        assert f"wrong.py:{number}: error" in told, told
    shown = {int(line.split(":")[1]): line for line in told.splitlines() if "Revealed type" in line}
    assert "str" in shown[9]
    assert sorted(shown) == list(range(9, len(lines) + 1))
    assert not [line for line in shown.values() if '"builtins.object"' in line or '"Any"' in line]


def test_the_three_lists_of_public_names_are_one() -> None:
    tree = ast.parse(Path(inspect.getfile(st)).read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    typed = {(node.module, name.name) for node in block.body if isinstance(node, ast.ImportFrom) for name in node.names}
    lazy = {(f"supplytrust.{module}", name) for name, module in st._MODULES.items()}
    assert typed == lazy | {("supplytrust", "errors")}
    assert {name for _, name in typed} == set(st.__all__)
    assert st.__all__ == sorted(st.__all__)


@pytest.mark.parametrize("name", CALLS)
def test_a_call_says_what_it_takes_what_it_raises_and_shows_it(name: str) -> None:
    page = inspect.getdoc(getattr(st, name)) or ""
    assert "Args:" in page
    assert "Raises:" in page or "Never raises" in page
    assert ">>> " in page


def types_in(hint: object, known: set[type]) -> set[type]:
    """All classes of this program in a type hint, and in the fields of those that are dataclasses."""
    for part in typing.get_args(hint):
        types_in(part, known)
    for base in getattr(hint, "__orig_bases__", ()):
        types_in(base, known)
    if isinstance(hint, type) and hint.__module__.startswith("supplytrust") and hint not in known:
        known.add(hint)
        if dataclasses.is_dataclass(hint):
            for part in typing.get_type_hints(hint).values():
                types_in(part, known)
    return known


@pytest.mark.parametrize("root", [st.TrustRecord, st.Decision])
def test_every_type_in_a_result_is_public(root: type) -> None:
    own = types_in(root, set())
    assert root in own
    assert {kind.__name__ for kind in own if getattr(st, kind.__name__, None) is not kind} == set()


@pytest.mark.skipif(not EVIDENCE, reason="no scorecards in this checkout")
def test_the_program_runs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(CONSUMER), str(EVIDENCE[0])], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    outcome, signal, *_ = done.stdout.splitlines()
    assert outcome in {"ADMIT", "REFER", "REFUSE"}
    assert signal.startswith("integrity/")


# --- printing, saving, loading ---------------------------------------------------------------------


@pytest.mark.parametrize("outcome", list(st.Outcome))
def test_an_outcome_is_printed_as_its_word(outcome: st.Outcome) -> None:
    assert str(outcome) == f"{outcome}" == "%s" % outcome == outcome.name  # noqa: UP031
    assert f"{outcome:>8}" == f"{outcome.name:>8}"
    assert max(outcome, st.Outcome.ADMIT) is outcome


def test_areas_are_found_by_name_and_by_area() -> None:
    areas = record().areas
    assert areas["build"] is areas[st.Area.BUILD]
    assert areas["build"].findings[0].signal == "build/seen"
    assert list(areas) == list(st.Area)
    assert "build" in areas
    assert "speed" not in areas
    assert areas.get("speed") is None  # type: ignore[call-overload]
    with pytest.raises(KeyError, match="speed"):
        areas["speed"]
    with pytest.raises(TypeError):
        areas["build"] = areas["integrity"]  # type: ignore[index]


def test_a_record_is_read_from_its_json_and_from_an_envelope(tmp_path: Path) -> None:
    made = record(st.Outcome.REFER)
    path = tmp_path / "record.json"
    path.write_text(made.to_json())
    assert made.to_json().encode() == to_statement(made)
    assert st.load(path) == st.load(str(path)) == made
    new_key(tmp_path / "key")
    path.write_bytes(seal(to_statement(made), PAYLOAD_TYPE, open_key(tmp_path / "key")))
    assert st.load(path) == made
    assert made.to_text().splitlines()[0].startswith("demo 1.2.3")
    assert made.expires > DAY


WRONG = {
    "nothing": (None, st.errors.RecordError, "cannot read"),
    "a folder": ("", st.errors.RecordError, "cannot read"),
    "no JSON": ("REFER", st.errors.MalformedRecordError, "not JSON"),
    "evidence": ('{"format": "https://supplytrust.dev/evidence/v1"}', st.errors.UnsupportedPredicateError, "evidence"),
    "another statement": (
        '{"_type": "https://in-toto.io/Statement/v1"}',
        st.errors.UnsupportedPredicateError,
        "not a statement",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_record_is_an_error_of_the_tree_with_a_hint(tmp_path: Path, case: str) -> None:
    text, kind, said = WRONG[case]
    path = tmp_path / "x.json"
    if text:
        path.write_text(text)
    elif text is not None:
        path.mkdir()
    with pytest.raises(kind, match=said) as caught:
        st.load(path)
    assert caught.value.hint
    assert caught.value.exit_code == 2


def test_a_record_is_no_evidence(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text(record().to_json())
    with pytest.raises(st.errors.MalformedRecordError) as caught:
        st.load_evidence(path)
    assert "load" in caught.value.hint


@pytest.mark.parametrize("name", ["pdf", "view", "pages", "__init__", "pages.site", ""])
def test_a_report_that_does_not_exist_is_a_usage_error(name: str) -> None:
    with pytest.raises(st.errors.UsageError, match=f"no report format '{name}'"):
        st.render(record(), name)
