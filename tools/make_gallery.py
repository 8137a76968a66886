"""Examples of pages in docs/gallery: five records and two audits of real packages, from the kept scorecards.

    python tools/make_gallery.py

Nothing is looked at: the evidence is that of `scorecards/`, so the same scorecards give the same pages.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import supplytrust as st
from supplytrust import reports
from supplytrust.appraisal.policies import loader
from supplytrust.audits.result import AuditResult, compose_result, judged_from_record
from supplytrust.ecosystems.inventory import Inventory, ListedPackage
from supplytrust.model.evidence import Evidence
from supplytrust.model.record import TrustRecord
from supplytrust.records import evidence_file, statement

ROOT = Path(__file__).parents[1]
CARDS = ROOT / "scorecards"
GALLERY = ROOT / "docs" / "gallery"
RECORDS = ("click", "cryptography", "in-toto", "pyyaml", "requests")
AUDITS = ("baseline", "production")


def read_card(name: str) -> Evidence:
    """The evidence of a kept scorecard."""
    return evidence_file.from_bytes((CARDS / name / "evidence.json").read_bytes())


def judge(name: str, policy: str) -> TrustRecord:
    """The record of a kept scorecard under a policy."""
    return st.appraise(read_card(name), policy=policy, alone=True)


def audit(names: Sequence[str], policy: str) -> AuditResult:
    """All these packages as one set, each judged by itself."""
    records = [judge(name, policy) for name in names]
    at = max(record.assessed_at for record in records)
    listed = tuple(ListedPackage(record.trustee.purl) for record in records)
    found = [judged_from_record(r.trustee.purl, r, statement.record_digest(r)) for r in records]
    inventory = Inventory("dependencies of supplytrust", listed, roots=tuple(one.purl for one in listed))
    return compose_result(inventory, found, loader.load(policy), at)


def pages() -> dict[str, str]:
    """Every page of the gallery by its file name."""
    cards = sorted(path.parent.name for path in CARDS.glob("*/evidence.json"))
    made = {
        f"record-{name}.html": reports.render(judge(name, "baseline"), "html", evidence=read_card(name))
        for name in RECORDS
    }
    return made | {f"audit-{policy}.html": reports.render_audit(audit(cards, policy), "html") for policy in AUDITS}


def main() -> None:
    """Write the gallery."""
    GALLERY.mkdir(exist_ok=True)
    for name, page in pages().items():
        (GALLERY / name).write_text(page, "utf-8")
        sys.stdout.write(f"{name} {len(page.encode()) // 1000} kB\n")


if __name__ == "__main__":
    main()
