"""Every signal of every area keeps the same form: its page, its name, its words, its purity."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import sys
from pathlib import Path

import pytest

from simulators.evidence import FORBIDDEN, NOW, SUBJECT, days, evidence, moment, subject
from simulators.offenders import offenders
from supplytrust.appraisal import signals
from supplytrust.model.claims.claim import Claim
from supplytrust.model.vocabulary import Area, Status

HEADINGS = (
    "Question",
    "Why it matters",
    "Evidence used",
    "Supports when",
    "Opposes when",
    "Not observed when",
    "Limits",
    "References",
)
ROOT = Path(signals.__path__[0])
FILES = sorted(p for area in Area for p in (ROOT / area.value).glob("*.py") if p.name != "__init__.py")


def id_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


IDS = [id_of(p) for p in FILES]
ANSWERS = ("supports", "opposes", "not_observed")
MAY_ONLY_HOLD = (  # a fact of this kind never counts against a package
    "build/released_by_workflow",
    "provenance/branch_protected",
    "provenance/changes_reviewed",
    "responsiveness/changes_answered",
    "responsiveness/issues_answered",
    "responsiveness/security_reports_answered",
    "build/build_backend_known",
    "build/build_requirements_declared",
    "build/builder_isolated",
    "build/built_by_expected_workflow",
    "build/layout_followed",
    "build/no_prebuilt_binaries_in_source",
    "build/sdist_published",
    "expertise/bounds_memory_safe",
    "expertise/tests_published",
    "integrity/inputs_chained_by_layout",
    "integrity/no_new_binary",
    "integrity/publisher_unchanged",
    "provenance/owners_unchanged_since_first_seen",
    "provenance/release_owners_known",
    "provenance/repository_declared",
    "responsiveness/advisories_looked_up",
    "responsiveness/no_lasting_advisory",
    "responsiveness/past_cooldown",
    "responsiveness/security_contact_declared",
)
VETOES = {
    "build/provenance_verified": {"BAD_SIGNATURE"},
    "integrity/digest_matches_index": {"TAMPERED"},
    "integrity/digest_unchanged_since_first_seen": {"TAMPERED"},
    "responsiveness/not_yanked": {"YANKED"},
    "responsiveness/no_open_advisory": {"MALICIOUS"},
}


def test_the_catalogue_is_the_folder():
    assert [s.META.id for s in signals.catalogue()] == sorted(IDS)
    assert len(set(IDS)) == len(IDS)


def test_file_names_are_unique_across_areas():
    assert len({p.stem for p in FILES}) == len(FILES)


def sections(page: str) -> dict[str, str]:
    """Heading -> text of a page; a heading is a line that does not start with a blank."""
    found: dict[str, str] = {}
    heading = ""
    for line in page.splitlines():
        if line and not line[0].isspace():
            heading = line
            assert heading not in found, f"{heading} twice"
            found[heading] = ""
        else:
            found[heading] = f"{found[heading]} {line.strip()}".strip()
    return found


def check_page(path):
    found = sections(ast.get_docstring(ast.parse(path.read_text("utf-8")), clean=False) or "")
    assert tuple(found) == HEADINGS
    for heading, text in found.items():
        assert len(text) >= 6, f"{heading} says nothing"
        assert text.endswith((".", "?", ")", '"')), f"{heading} stops in the middle"
    assert found["Question"].endswith("?")


def test_page_has_the_eight_headings_with_text():
    assert offenders(check_page, FILES, id_of) == []


def check_form(path):
    signal = signals.signal_named(id_of(path))
    assert signal.META.id == id_of(path)
    assert re.fullmatch(r"[a-z][a-z0-9_]*", path.stem)
    assert list(inspect.signature(signal.ask).parameters) == ["subject", "evidence", "moment"]
    assert signal.META.claims, "a signal lives on claims"


def test_id_is_the_path_and_ask_has_one_form():
    assert offenders(check_form, FILES, id_of) == []


def check_card(path):
    signal = signals.signal_named(id_of(path))
    module = sys.modules[signal.ask.__module__]
    tree = ast.parse(path.read_text("utf-8"))
    imported = {a.asname or a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names}
    kinds = [getattr(module, name) for name in imported if isinstance(getattr(module, name, None), type)]
    read = {kind for kind in kinds if issubclass(kind, Claim) and kind is not Claim}
    assert read <= set(signal.META.claims)


def test_card_lists_every_kind_of_claim_it_reads():
    assert offenders(check_card, FILES, id_of) == []


def check_imports(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names = [node.module or ""]
        for name in names:
            assert (
                name.startswith(("supplytrust.model.", "supplytrust.appraisal.signals.support."))
                or name.partition(".")[0] in sys.stdlib_module_names
            ), name


def test_imports_are_the_model_and_the_standard_library():
    assert offenders(check_imports, FILES, id_of) == []


def texts(path: Path) -> list[str]:
    """Every string constant of a module but docstrings: what can end up in a `because`."""
    tree = ast.parse(path.read_text("utf-8"))
    docs = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node, clean=False):
            docs.add(id(node.body[0].value))
    return [
        n.value
        for n in ast.walk(tree)
        if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in docs
    ]


def check_texts(path):
    for text in texts(path):
        if " " in text:
            assert not FORBIDDEN.search(text), text


def test_texts_promise_nothing_absolute():
    assert offenders(check_texts, FILES, id_of) == []


@pytest.mark.parametrize("about", [SUBJECT, subject("")], ids=["artifact", "name only"])
def test_nothing_known_is_not_observed_and_asking_changes_nothing(about):
    assert offenders(lambda signal_id: check_silence(signal_id, about), IDS) == []


def check_silence(signal_id, about):
    signal, nothing = signals.signal_named(signal_id), evidence(about=about)
    before = dataclasses.replace(nothing)
    finding = signal.ask(about, nothing, moment())
    assert finding.status is Status.NOT_OBSERVED
    assert finding.reason is not None
    assert finding.signal == signal_id
    assert finding.because
    assert finding == signal.ask(about, nothing, moment())
    assert nothing == before
    assert signal.ask(about, nothing, moment(NOW + days(9999))).status is Status.NOT_OBSERVED


def calls(path: Path, name: str) -> list[ast.Call]:
    tree = ast.parse(path.read_text("utf-8"))
    return [
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr == name
    ]


def test_what_may_only_hold_has_no_way_to_oppose():
    assert offenders(check_that_it_only_holds, MAY_ONLY_HOLD) == []


def check_that_it_only_holds(signal_id):
    path = ROOT / f"{signal_id}.py"
    text = path.read_text("utf-8")
    assert not calls(path, "opposes")
    assert "OPPOSES" not in text
    assert "Finding(" not in text, "findings are made by the card only"
    assert sections(ast.get_docstring(ast.parse(text), clean=False) or "")["Opposes when"].startswith("Never")


@pytest.mark.parametrize(("signal_id", "vetoes"), VETOES.items())
def test_vetoes_of_the_named_signals(signal_id, vetoes):
    given = {k.value.attr for c in calls(ROOT / f"{signal_id}.py", "opposes") for k in c.keywords if k.arg == "veto"}
    assert given == vetoes


def check_answers(path):
    made = [c for name in ANSWERS for c in calls(path, name)]
    assert made, "a signal answers through its card"
    for call in made:
        at = 1 if call.func.attr == "not_observed" else 0
        assert len(call.args) > at or any(k.arg == "because" for k in call.keywords)


def test_every_answer_gives_a_text():
    assert offenders(check_answers, FILES, id_of) == []
