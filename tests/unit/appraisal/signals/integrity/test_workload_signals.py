"""Signals about WebAssembly workloads: support, silence with a reason, never opposition."""

from dataclasses import replace

import pytest

from simulators.evidence import ask as simulated
from simulators.evidence import gap
from supplytrust.model.claims.workload import ToolClaim, WorkloadFacts, WorkloadGrants, WorkloadToolchain
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.subject import Artifact, ArtifactKind, Subject
from supplytrust.model.vocabulary import Status

FILE = "main.wasm"
ABOUT = Subject("pkg:generic/main", "generic", "main", "", Artifact(FILE, "a" * 64, ArtifactKind.WORKLOAD))
FACTS = WorkloadFacts(
    FILE, "module", "preview1", ("wasi_snapshot_preview1.fd_write",), ("_start",),
    (("io-write", ("wasi_snapshot_preview1.fd_write",)),), (), (), 1, None, 1, 10,
)  # fmt: skip
GRANTS = WorkloadGrants(
    FILE, "b" * 64, "enarx", ("stdout",), ("io-write",), ("clock",), (), ("self-signed: no steward",)
)
TOOLS = WorkloadToolchain(FILE, (ToolClaim("processed-by", "clang", "19.1.0", ""),), None, ())


def ask(signal, *items):
    return simulated(signal, *items, about=ABOUT)


@pytest.mark.parametrize(
    ("signal", "claim"),
    [
        ("integrity/workload_imports_classified", FACTS),
        ("integrity/workload_imports_classified", replace(FACTS, imports=(), required=())),
        ("integrity/workload_grants_needed", GRANTS),
        ("build/toolchain_claims_recorded", TOOLS),
    ],
)
def test_supports(signal, claim):
    found = ask(signal, claim)
    assert found.status is Status.SUPPORTS
    assert len(found.because) <= 90


@pytest.mark.parametrize(
    ("signal", "claim", "reason", "text"),
    [
        ("integrity/workload_imports_classified", replace(FACTS, required=(("unknown", ("a.b", "c.d")),)), NotObservedReason.INCONCLUSIVE, "a.b and 1 more"),
        ("integrity/workload_imports_classified", replace(FACTS, required=(("dynamic-link", ("env.f",)),)), NotObservedReason.INCONCLUSIVE, "env.f"),
        ("integrity/workload_imports_classified", replace(FACTS, needed=("libc.so",)), NotObservedReason.INCONCLUSIVE, "libc.so"),
        ("integrity/workload_grants_needed", replace(GRANTS, surplus=("clock", "net")), NotObservedReason.INCONCLUSIVE, "net"),
        ("integrity/workload_grants_needed", replace(GRANTS, remarks=("unauthenticated: connect tcp:h:80",)), NotObservedReason.INCONCLUSIVE, "tcp:h:80"),
        ("build/toolchain_claims_recorded", replace(TOOLS, tools=()), NotObservedReason.NOT_PUBLISHED, "no section"),
        ("build/toolchain_claims_recorded", replace(TOOLS, tools=(ToolClaim("language", "C", "", ""),)), NotObservedReason.NOT_PUBLISHED, "no section"),
        ("build/toolchain_claims_recorded", replace(TOOLS, unread=(".dep-v0",)), NotObservedReason.MALFORMED, ".dep-v0"),
    ],
)  # fmt: skip
def test_not_observed(signal, claim, reason, text):
    found = ask(signal, claim)
    assert (found.status, found.reason) == (Status.NOT_OBSERVED, reason)
    assert text in found.because
    assert len(found.because) <= 90


@pytest.mark.parametrize(
    ("signal", "kind"),
    [
        ("integrity/workload_imports_classified", WorkloadFacts),
        ("integrity/workload_grants_needed", WorkloadGrants),
        ("build/toolchain_claims_recorded", WorkloadToolchain),
    ],
)
def test_missing(signal, kind):
    assert ask(signal).reason is NotObservedReason.NOT_LOOKED
    assert ask(signal, gap(kind, NotObservedReason.MALFORMED)).reason is NotObservedReason.MALFORMED


def test_a_claim_about_another_file_says_nothing():
    assert (
        ask("integrity/workload_imports_classified", replace(FACTS, file_name="other.wasm")).reason
        is NotObservedReason.INCOMPLETE
    )
