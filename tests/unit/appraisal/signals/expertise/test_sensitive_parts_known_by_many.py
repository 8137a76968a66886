"""Sensitive parts one by one: two people each, or the part that lacks them is named."""

from datetime import UTC, datetime, timedelta

import pytest

from simulators.cost import within
from simulators.evidence import moment
from simulators.repository import Repository
from supplytrust.appraisal.signals import signal_named
from supplytrust.collection.scheduler import observation
from supplytrust.ecosystems.pypi.versions import VERSIONS
from supplytrust.evidence.repository import control, history
from supplytrust.evidence.repository.file_kinds import part_of
from supplytrust.evidence.repository.people import People
from supplytrust.io.context import SourceClaim
from supplytrust.io.git.repository import open_folder
from supplytrust.model.claims.source_tree import KnownBy
from supplytrust.model.evidence import NotObservedReason, SubjectEvidence
from supplytrust.model.vocabulary import Status

ID = "expertise/sensitive_parts_known_by_many"
START = datetime(2021, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def claim(tmp_path, plan, known_by=KnownBy.CONFIRMED):
    """The history of commits (author, path), one every forty days until the end."""
    sim = Repository()
    sim.commit("Ann Author", START, {"README": "x"}, "start")
    sim.commit("Bob Builder", START, {"README": "y"}, "start")
    sim.commit("Cy Coder", NOW - timedelta(days=90), {"README": "z"}, "new here")
    for n, (who, path) in enumerate(plan):
        sim.commit(who, NOW - timedelta(days=40 + n), {path: f"{n}\n"}, f"work {n}")
    tmp_path.mkdir(exist_ok=True)
    view = open_folder(sim.build(tmp_path / "repo"), tmp_path)
    people = People(history.read_log(view, NOW), VERSIONS)
    found = control.summarize(people, None, int(NOW.timestamp()), known_by, {})
    assert found is not None
    return found


def answer(found):
    from simulators.evidence import SUBJECT

    made = observation("git", SourceClaim(found, "test"), NOW)
    return signal_named(ID).ask(SUBJECT, SubjectEvidence(SUBJECT, (made,)), moment(NOW))


def each(path, *people, times=3):
    return [(who, path) for who in people for _ in range(times)]


ANN, BOB, CY = "Ann Author", "Bob Builder", "Cy Coder"


def test_two_people_for_every_part(tmp_path):
    plan = [*each("pyproject.toml", ANN, BOB), *each("src/demo/crypto.py", ANN, BOB)]
    finding = answer(claim(tmp_path, plan))
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "code")
    assert finding.because == "build, crypto: each known to 2 people or more"
    assert answer(claim(tmp_path / "b", each("pyproject.toml", ANN, BOB))).grade == ""


def test_the_part_that_one_person_knows_is_named(tmp_path):
    plan = [*each("pyproject.toml", ANN, BOB), *each("src/demo/parser.py", BOB, times=6)]
    finding = answer(claim(tmp_path, plan))
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCONCLUSIVE)
    assert finding.because == "parser known to 1: Bob Builder"


def test_newcomers_and_passers_by_do_not_count(tmp_path):
    plan = [
        *each("src/demo/crypto.py", ANN),
        *each("src/demo/crypto.py", CY, times=9),
        ("Bob Builder", "src/demo/crypto.py"),
    ]
    found = claim(tmp_path, plan)
    (part,) = found.parts
    assert (part.part, part.touches, part.people, part.known_by) == ("crypto", 13, 3, 1)
    assert answer(found).because == "crypto known to 1: Ann Author"


def test_nothing_to_know_and_unconfirmed(tmp_path):
    assert answer(claim(tmp_path, [("Ann Author", "pyproject.toml")])).reason is NotObservedReason.INCOMPLETE
    plan = each("pyproject.toml", ANN, BOB)
    assert answer(claim(tmp_path / "b", plan, KnownBy.DECLARED)).reason is NotObservedReason.DEPENDS


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("pyproject.toml", "build"),
        (".github/workflows/ci.yml", "ci"),
        ("SECURITY.md", "release"),
        ("src/urllib3/util/ssl_.py", "crypto"),
        ("src/hazmat/primitives/ciphers/aead.py", "crypto"),
        ("src/aes.c", "crypto"),
        ("lib/token_store.rs", "crypto"),
        ("src/http_parser.c", "parser"),
        ("demo/decoder.go", "parser"),
        ("demo/reader.py", "parser"),
        ("tests/test_parser.py", ""),
        ("docs/crypto.py", ""),
        ("docs/crypto.md", ""),
        ("crypto.md", ""),
        ("src/design.py", ""),
        ("src/monkey.py", ""),
        ("src/sharing.py", ""),
    ],
)
def test_parts_by_their_names(path, part):
    assert part_of(path) == part


@pytest.mark.parametrize("piece", ["_", "a_", "-", "test", "/", "decod"])
@pytest.mark.sampled(2)
def test_long_paths_are_told_apart_soon(piece):
    paths = [f"{n}/{piece * (4_000 // len(piece))}.py" for n in range(20)]
    assert within(1, lambda: {part_of(path) for path in paths}) <= {"", "parser"}
