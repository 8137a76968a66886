"""Real releases against their repositories, as `sources/git` sees them: files by class, and what stays unexplained.

    python tools/bench/source_comparison.py NAME=REPOSITORY=VERSION[,VERSION...] ...

Artifacts come from the configured package index; repositories are paths. Exit code 1 when any artifact holds a
modified file or code that the tag's tree does not explain.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime

from supplytrust import ecosystems
from supplytrust.collection.options import open_collect_context
from supplytrust.collection.scheduler import observation
from supplytrust.collection.sources import git, index
from supplytrust.ecosystems import PackageRequest
from supplytrust.errors import SupplytrustError
from supplytrust.io.context import SourceClaim
from supplytrust.model.claims.source_tree import FileClass, ReleaseTag, SourceComparison
from supplytrust.model.evidence import NotObserved, SubjectEvidence
from supplytrust.model.policy import Settings

BAD = (FileClass.MODIFIED, FileClass.PHANTOM_EXECUTABLE)


def compare(name: str, repository: str, version: str) -> tuple[int, int]:
    """(artifacts compared, artifacts with unexplained code)."""
    now = datetime.now(UTC)
    with open_collect_context(Settings(), at=now, now=now, repository=repository, options={}) as world:
        subject = ecosystems.for_type("pypi").resolve(PackageRequest("pypi", name, version=version), world)
        empty = SubjectEvidence(subject)
        made = [o for o in index.observe(subject, empty, world) if isinstance(o, SourceClaim)]
        known = SubjectEvidence(subject, tuple(observation("index", o, now) for o in made))
        start = time.perf_counter()
        seen = git.observe(subject, known, world)
        seconds = time.perf_counter() - start
    compared = bad = 0
    for part in seen:
        if isinstance(part, NotObserved):
            print(f"| {name} {version} | {part.claim} | not observed: {part.reason} {part.detail} | | |")
        elif isinstance(part.claim, ReleaseTag):
            print(f"| {name} {version} | tag {part.claim.name or part.claim.state} |", end=" ")
            print(f"{part.claim.tagged}/{part.claim.predecessors} before tagged | branch {part.claim.on_branch} | |")
        elif isinstance(part.claim, SourceComparison):
            claim = part.claim
            compared += 1
            bad += claim.count(*BAD) > 0
            counts = ", ".join(f"{c.value} {n}" for c, n in claim.counts)
            odd = ", ".join(o.path for o in claim.odd[:3])
            print(f"| {name} {version} | {claim.kind} | {claim.files} | {counts} | {odd} | {seconds:.1f} s")
    return compared, bad


def main() -> int:
    compared = bad = 0
    for argument in sys.argv[1:]:
        name, repository, versions = argument.split("=", 2)
        for version in versions.split(","):
            try:
                one = compare(name, repository, version)
            except SupplytrustError as error:
                print(f"| {name} {version} | {type(error).__name__}: {error.message} |")
                continue
            compared, bad = compared + one[0], bad + one[1]
    print(f"{compared} artifacts compared, {bad} with unexplained code")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
