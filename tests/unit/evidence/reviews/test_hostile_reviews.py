"""Whatever the bytes are, the readers answer or raise their own error; parts of real shapes are never misread."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.cost import within
from simulators.effort import cases
from supplytrust.ecosystems import versions_of
from supplytrust.errors import SourceError
from supplytrust.evidence.reviews import audit_list, cargo_vet, chains, crev
from supplytrust.model import versions

READERS = [lambda raw, name: audit_list.read(raw, name, versions_of), cargo_vet.read, crev.read]
WORDS = [
    "[[audits.demo]]", "[audits]", "[audits.peer]", "[[audits.peer.audits.demo]]", "[criteria.x]", 'implies = "x"',
    'criteria = "safe-to-run"', "criteria = 4", 'version = "1.0.0"', 'delta = "1.0.0 -> 1.1.0"', 'violation = "*"',
    "who = [1]", "[[publisher.demo]]", "user-id = 3", 'when = "2024-01-01"', "when = 2024-01-01", "start = 9", "schema = 1",
    "[[audit]]", "[audit]", "audit = 3", 'project = "pkg:pypi/demo"', 'versions = ">=1"', "date = 2024-01-01", 'tags = ["parsing"]',
    "----- BEGIN CREV PROOF -----", "----- SIGN CREV PROOF -----", "----- END CREV PROOF -----", "kind: package review",
    "from:", "  id: x", "package:", "  name: demo", "- a", "  - b", "comment: |-", "\x00", "\r", "\u2028", "'", '"""', "= =",
]  # fmt: skip


@pytest.mark.parametrize("read", READERS)
@given(raw=st.binary(max_size=200) | st.lists(st.sampled_from(WORDS), max_size=12).map(lambda w: "\n".join(w).encode()))
@settings(max_examples=cases(150), deadline=None)
def test_only_their_own_errors(read, raw):
    try:
        read(raw, "f")
    except SourceError as error:
        assert error.message.startswith("f:")


@given(
    edges=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12),
    whole=st.sets(st.integers(0, 5), max_size=2),
    asked=st.integers(0, 5),
)
@settings(max_examples=cases(150), deadline=None)
def test_a_version_is_reached_exactly_when_a_path_leads_there(edges, whole, asked):
    name = "safe-to-run"
    audits = [cargo_vet.Audit("", (), frozenset([name]), "", f"{v}.0.0") for v in whole]
    audits += [cargo_vet.Audit("", (), frozenset([name]), f"{a}.0.0", f"{b}.0.0") for a, b in edges]
    reached = set(whole)
    for _ in edges:
        reached |= {b for a, b in edges if a in reached}
    ways = chains.find_chains(cargo_vet.Crate(tuple(audits)), f"{asked}.0.0")
    assert bool(ways) is (asked in reached)
    backwards = chains.find_chains(cargo_vet.Crate(tuple(reversed(audits))), f"{asked}.0.0")
    assert backwards == ways
    for way in ways:
        steps = [int(s.partition(".")[0]) for s in way.steps]
        assert steps[0] in whole
        assert all(pair in edges for pair in zip(steps, steps[1:], strict=False))


@given(st.text(max_size=40), st.text(max_size=20))
@settings(max_examples=cases(200), deadline=None)
def test_ranges_answer_or_refuse(requirement, version):
    for kind in ("pypi", "cargo"):
        try:
            assert versions_of(kind).includes(requirement, version) in (True, False)
        except ValueError:
            continue


@given(st.tuples(*[st.integers(0, 30)] * 3), st.tuples(*[st.integers(0, 30)] * 3))
def test_exact_versions_hold_only_themselves(one, other):
    text, second = ".".join(map(str, one)), ".".join(map(str, other))
    assert versions.matches(f"={text}", second) is (one == other)
    assert versions.matches(f">={text}", second) is (other >= one)
    assert versions.matches(f"<{text}", second) is (other < one)


@pytest.mark.parametrize(
    "raw",
    [
        b"a = [" + b"1," * 100_000 + b"]",
        b"'" * 2_000_000,
        b". " * 1_000_000,
        b" " * 4_000_000,
        b'x = """' + b"a.b " * 400_000 + b'"""',
        b"----- BEGIN CREV PROOF -----\n" + b"- x\n" * 300_000 + b"----- END CREV PROOF -----\n",
    ],
)
@pytest.mark.sampled(1)
@pytest.mark.thorough
def test_large_nonsense_is_answered_soon(raw):
    for read in READERS:
        within(5, lambda read=read: read_or_refuse(read, raw))


def read_or_refuse(read, raw):
    with contextlib.suppress(SourceError):
        read(raw, "f")


@pytest.mark.thorough
def test_a_long_chain_is_followed_soon():
    audits = [
        cargo_vet.Audit("", (), frozenset(["safe-to-run"]), f"{n}.0.0" if n else "", f"{n + 1}.0.0")
        for n in range(20_000)
    ]
    (way,) = within(2, lambda: chains.find_chains(cargo_vet.Crate(tuple(audits)), "20000.0.0"))
    assert len(way.steps) == 20_000


def test_many_criteria_are_asked_for_soon():
    audits = [cargo_vet.Audit("", (), frozenset([f"own-{n}"]), "", f"{n}.0.0") for n in range(20_000)]
    assert len(within(2, lambda: chains.find_chains(cargo_vet.Crate(tuple(audits)), "7.0.0"))) == 1
