"""How long does a large set take? A bill of materials of 10,000 packages is read, composed and reported.

    python tools/bench/audit.py [packages] [edges]

Every package has a verdict of its own kind of trouble, every fifth needs a library of the system and every seventh
calls a service; nothing is looked up. Prints seconds of CPU and the peak of memory; exits 1 when reading, composing and
reporting takes more than 10 s.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from supplytrust.appraisal.algebra.graph import Doubt, PackageFacts
from supplytrust.appraisal.policies import loader
from supplytrust.audits import inventory
from supplytrust.audits.result import SubjectVerdict, compose_result
from supplytrust.evidence.dependencies.joins import library, service
from supplytrust.model.record import Reason
from supplytrust.model.vocabulary import Outcome
from supplytrust.reports import FORMATS, render_audit

LIMIT = 10.0
AT = datetime(2026, 1, 1, tzinfo=UTC)


def bill(packages: int, edges: int) -> str:
    """A CycloneDX document with cycles, unknown types and a few hubs."""
    dice = random.Random(7)
    kinds = ("pypi", "pypi", "pypi", "npm", "cargo")
    parts = [
        {"type": "library", "name": f"p{n}", "purl": f"pkg:{kinds[n % 5]}/p{n}@1.{n}", "bom-ref": f"r{n}"}
        for n in range(packages)
    ]
    needs: dict[str, set[str]] = {}
    for _ in range(edges):
        parent, child = dice.randrange(packages), min(dice.randrange(packages), dice.randrange(packages))
        needs.setdefault(f"r{parent}", set()).add(f"r{child}")
    return json.dumps(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "components": parts,
            "dependencies": [{"ref": ref, "dependsOn": sorted(on)} for ref, on in needs.items()],
        }
    )


def verdict(purl: str, number: int) -> SubjectVerdict:
    """A verdict as a record would give it."""
    outcome = Outcome((number % 7 == 0) + (number % 311 == 0))
    reasons = (
        () if outcome is Outcome.ADMIT else (Reason("area-below", f"build: belief 0.{number % 90 + 10} is below"),)
    )
    holders = MappingProxyType({"account": (f"account-{number % 500}",)})
    facts = PackageFacts(number * 100, number % 9 == 0, holders)
    return SubjectVerdict(
        purl,
        purl,
        outcome,
        reasons,
        record_digest=f"sha256:{number:064x}",
        facts=facts,
        doubt=Doubt(0.0, 0.2),
        surroundings=MappingProxyType(
            {"joins": list(joins(number)), "inferred": [{"name": "ssl", "how": "find_library"}]}
        ),
    )


def joins(number: int) -> Iterator[dict[str, str]]:
    """What the package needs besides packages: a few things are shared by many, most by few."""
    if number % 5 == 0:
        name = library(f"lib{number % 1000}.so.{number % 3}")
        yield {"purl": name, "kind": "link", "how": "host", "via": "DT_NEEDED"}
    if number % 7 == 0:
        place = service(f"https://api-{number % 700}.example.org")
        yield {"purl": place, "kind": "service-remote", "how": "called", "via": "net.py:7"}


def main() -> int:
    packages, edges = (int(a) for a in (*sys.argv[1:], *("10000", "50000")[len(sys.argv) - 1 :]))
    policy = loader.load("baseline")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "bom.json")
        path.write_text(bill(packages, edges))
        begun = time.process_time()
        listed = inventory.read(path)
    read = time.process_time()
    result = compose_result(listed, (verdict(o.purl, n) for n, o in enumerate(listed.listed)), policy, AT)
    done = time.process_time()
    sizes = {form: len(render_audit(result, form)) for form in FORMATS}
    end = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    joined = len(result.subjects) - packages
    print(f"{packages} packages, {len(listed.edges)} edges, {joined} by name only, outcome {result.outcome.name}")
    print(
        f"read {read - begun:.2f} s, composed {done - read:.2f} s, five reports {end - done:.2f} s, peak {peak:.0f} MiB"
    )
    print("bytes: " + ", ".join(f"{form} {size}" for form, size in sizes.items()))
    return 0 if end - begun <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
