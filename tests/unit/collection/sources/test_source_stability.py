"""The source that compares interfaces, run by the real collector against an index on 127.0.0.1."""

import pytest

from simulators.index import Project, Quirks, Release, sdist, serving, wheel
from simulators.world import NOW, world
from supplytrust.collection.scheduler import collect_claims
from supplytrust.collection.sources import artifact, index, stability
from supplytrust.ecosystems import PackageRequest, for_type
from supplytrust.model.claims.release import ApiChangeKind, ApiChanges, VersionStep
from supplytrust.model.evidence import Evidence, NotObservedReason
from supplytrust.records import evidence_file


def release(version, text, *, tag="py3-none-any", **options):
    files = {"demo/__init__.py": text}
    return Release(version, [wheel("demo", version, files, tag=tag), sdist("demo", version, files)], **options)


def observed(folder, *releases, quirks=None, file_name="", version=""):
    with serving([Project("demo", releases)], quirks or Quirks()) as server, world(server, folder) as w:
        subject = for_type("pypi").resolve(PackageRequest("pypi", "demo", file_name=file_name, version=version), w)
        return collect_claims(subject, w, (artifact, index, stability))


BEFORE, AFTER = "def f(a): ...\ndef g(): ...\n", "def f(a, b): ...\n"


def test_a_claim_about_both_releases(tmp_path):
    evidence = observed(tmp_path, release("1.2.3", BEFORE), release("1.2.4", AFTER))
    seen = evidence.newest(ApiChanges)
    claim = seen.claim
    assert (claim.predecessor, claim.version, claim.step) == ("1.2.3", "1.2.4", VersionStep.PATCH)
    assert (claim.file_name, claim.file_before) == ("demo-1.2.4-py3-none-any.whl", "demo-1.2.3-py3-none-any.whl")
    assert [(c.name, c.kind) for c in claim.changes] == [
        ("demo.g", ApiChangeKind.REMOVED),
        ("demo.f", ApiChangeKind.SIGNATURE),
    ]
    assert (claim.removed, claim.removed_unannounced, claim.signatures, claim.signatures_unannounced) == (1, 1, 1, 1)
    assert (claim.modules, claim.names, claim.unread) == (1, 2, 0)
    assert seen.digest.startswith("sha256:")


def test_the_claim_survives_a_file(tmp_path):
    evidence = observed(tmp_path, release("1.2.3", BEFORE), release("1.2.4", AFTER))
    kept = Evidence(evidence.subject.purl, NOW, (evidence,))
    again = evidence_file.from_bytes(evidence_file.to_bytes(kept))
    assert again.node(evidence.subject.purl).newest(ApiChanges) == evidence.newest(ApiChanges)


def test_the_pure_wheel_beside_a_judged_sdist_is_read(tmp_path):
    evidence = observed(tmp_path, release("1.0", BEFORE), release("1.1", AFTER), file_name="demo-1.1.tar.gz")
    assert evidence.newest(ApiChanges).claim.file_name == "demo-1.1-py3-none-any.whl"


NATIVE = "cp311-cp311-manylinux_2_17_x86_64"
MISSED = {
    "first": ([release("1.0", BEFORE)], NotObservedReason.NO_PREDECESSOR),
    "compiled now": ([release("1.0", BEFORE), release("1.1", AFTER, tag=NATIVE)], NotObservedReason.NOT_APPLICABLE),
    "compiled before": ([release("1.0", BEFORE, tag=NATIVE), release("1.1", AFTER)], NotObservedReason.NOT_APPLICABLE),
    "nothing public": (
        [Release(v, [wheel("demo", v, {"_demo.py": ""}), sdist("demo", v)]) for v in ("1.0", "1.1")],
        NotObservedReason.NOT_APPLICABLE,
    ),
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("releases", "reason"), MISSED.values(), ids=MISSED)
def test_what_cannot_be_compared_has_its_reason(tmp_path, releases, reason):
    evidence = observed(tmp_path, *releases)
    assert evidence.newest(ApiChanges) is None
    assert evidence.gap(ApiChanges).reason is reason


def test_failures_of_the_index_are_reasons(tmp_path):
    cut = Quirks(truncate=["demo-1.0-py3-none-any.whl"])
    evidence = observed(tmp_path, release("1.0", BEFORE), release("1.1", AFTER), quirks=cut)
    assert evidence.gap(ApiChanges).reason is NotObservedReason.MALFORMED
    gone = Quirks(status={"/files/demo/demo-1.0-py3": 404})
    evidence = observed(tmp_path / "2", release("1.0", BEFORE), release("1.1", AFTER), quirks=gone)
    assert evidence.gap(ApiChanges).reason is NotObservedReason.NOT_FOUND


def test_without_a_history_it_depends(tmp_path):
    with serving([Project("demo", [release("1.0", BEFORE)])], Quirks()) as server, world(server, tmp_path) as w:
        subject = for_type("pypi").resolve(PackageRequest("pypi", "demo"), w)
        evidence = collect_claims(subject, w, (artifact, stability))
    assert evidence.gap(ApiChanges).reason is NotObservedReason.DEPENDS
