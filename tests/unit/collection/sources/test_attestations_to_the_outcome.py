"""From an attestation that cannot be verified to the outcome: never ADMIT, and the reason is named."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import pytest

import supplytrust as st
from simulators.index import Project, Quirks, Release, sdist, serving
from simulators.sigstore_world import EPOCH, ISSUER, SigstoreWorld, provenance, statement
from simulators.world import NOW, world
from supplytrust.appraisal.policies import loader
from supplytrust.collection.scheduler import collect_claims
from supplytrust.collection.sources import artifact, attestations, index
from supplytrust.ecosystems import PackageRequest, for_type
from supplytrust.model.evidence import Evidence, NotObserved, NotObservedReason
from supplytrust.model.policy import Publisher

SIGSTORE = SigstoreWorld()
FILE = sdist("demo", "1.0")
DOCUMENT = provenance(SIGSTORE.bundle(statement(FILE.name, FILE.sha256)))
POLICY = replace(
    loader.load("baseline"),
    expect=MappingProxyType({"root": MappingProxyType({st.Area.INTEGRITY: 0.3})}),
    require=MappingProxyType({"root": ("build/provenance_verified",)}),
)


@contextmanager
def served(
    folder: Path, *, attested: bool = True, taken: datetime = EPOCH, offline: bool = False, kept: str = "", quirks=None
):
    root = folder / "trusted_root.json"
    root.write_bytes(SIGSTORE.trusted_root())
    os.utime(root, (taken.timestamp(), taken.timestamp()))
    file = replace(FILE, provenance=DOCUMENT) if attested else FILE
    with serving([Project("demo", [Release("1.0", [file])])], quirks) as running, world(running, folder) as made:
        settings = replace(
            made.settings,
            sigstore_root=str(root),
            publisher={"pkg:pypi/demo": Publisher(ISSUER, "owner/demo", "release.yml")},
            attestations=(kept,) if kept else (),
        )
        yield replace(made, settings=settings)


def judged(made) -> st.TrustRecord:
    subject = for_type("pypi").resolve(PackageRequest("pypi", "demo", version="1.0"), made)
    node = collect_claims(subject, made, (artifact, attestations, index))
    return st.appraise(Evidence(subject.purl, NOW, (node,)), policy=POLICY, alone=True)


def test_with_everything_in_place_it_is_admitted(tmp_path: Path) -> None:
    with served(tmp_path) as made:
        assert judged(made).outcome is st.Outcome.ADMIT


def test_a_document_that_the_relying_party_keeps_does_as_well(tmp_path: Path) -> None:
    kept = tmp_path / "attestations"
    kept.mkdir()
    (kept / f"{FILE.name}.provenance").write_text(json.dumps(DOCUMENT))
    with served(tmp_path, attested=False, kept=str(kept)) as made:
        assert judged(made).outcome is st.Outcome.ADMIT


FAULTS = {
    "no attestation": ({"attested": False}, "not-found"),
    "stale root": ({"taken": NOW - timedelta(days=400)}, "stale"),
    "kept place is gone": ({"kept": "/nonexistent/attestations"}, "not-found"),
    "index fails for it": ({"quirks": Quirks(status={"/provenance": 500})}, "unreachable"),
    "index answers a page": ({"quirks": Quirks(garbage=("/provenance",))}, "malformed"),
}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_refer_with_its_reason(tmp_path: Path, name: str) -> None:
    options, reason = FAULTS[name]
    with served(tmp_path, **options) as made:
        record = judged(made)
    assert record.outcome is st.Outcome.REFER
    told = next(q.reason for q in record.not_observed if q.signal == "build/provenance_verified")
    assert told.startswith(reason), told
    assert any(r.code == "must-have-missing" for r in record.reasons)


def test_what_broke_inside_is_never_admitted(tmp_path: Path) -> None:
    with served(tmp_path) as made:
        subject = for_type("pypi").resolve(PackageRequest("pypi", "demo", version="1.0"), made)
        node = collect_claims(subject, made, (artifact, attestations, index))
    broken = replace(
        node, gaps=(*node.gaps, NotObserved("CodeFindings", "code", NotObservedReason.INTERNAL, "ValueError: broken"))
    )
    record = st.appraise(Evidence(subject.purl, NOW, (broken,)), policy=POLICY, alone=True)
    assert record.outcome is st.Outcome.REFER
    assert "internal" in {r.code for r in record.reasons}
