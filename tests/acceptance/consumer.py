"""A program of somebody else, typed: what it may write about this library, `mypy --strict` must let pass.

`python consumer.py EVIDENCE` judges a file of evidence, keeps the record, reads it back and prints what it says.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import Executor
from datetime import datetime
from pathlib import Path

import supplytrust as st


def assess_package(name: str, at: datetime) -> st.TrustRecord:
    return st.assess(name, policy="baseline", context=st.Context(purpose="parser"), at=at, deps="none", offline=True)


def collect_evidence(name: str, target: Path) -> st.Evidence:
    options: st.CollectOptions = {"deps": "direct", "rebuild": "never"}
    evidence = st.collect(name, progress=lambda event, detail: None, **options)
    st.save_evidence(evidence, target)
    return evidence


def list_refused(targets: Sequence[str], executor: Executor) -> list[str]:
    result: st.AuditResult = st.audit(targets, policy="baseline", executor=executor)
    return [one.purl for one in result if one.outcome is st.Outcome.REFUSE]


def admit_workload(workload: bytes, envelope: bytes, policy: Path, at: datetime) -> bytes:
    decision = st.admit(workload, envelope=envelope, gate_policy=policy, at=at)
    codes: list[str] = [reason.code for reason in decision.reasons]
    return b"" if codes else decision.workload_bytes


def sign_and_verify(record: st.TrustRecord, key: Path, at: datetime) -> st.Outcome:
    envelope: bytes = st.sign(record, key)
    verified = st.verify(envelope, [f"{key}.pub"], at=at, trustor=record.trustor.id)
    return verified.record.outcome


def list_open_questions(record: st.TrustRecord) -> dict[str, str]:
    return {question.signal: question.reason for question in record.not_observed}


def explain(record: st.TrustRecord) -> list[str]:
    integrity: st.AreaVerdict = record.areas["integrity"]
    assert integrity is record.areas[st.Area.INTEGRITY]
    signals: list[str] = [finding.signal for finding in integrity.findings]
    weights: list[float] = [finding.weight.favourable for finding in integrity.findings]
    areas: list[st.Area] = list(record.areas)
    missing = [gain.gain for change in record.would_change for gain in change.evidence]
    packages = 0 if record.footprint is None else record.footprint.packages
    told = [f"{len(signals)} questions", f"{sum(weights):.1f} for", f"{len(areas)} areas", f"{len(missing)} missing"]
    file = record.trustee.artifact
    return [*told, f"{packages} packages", file.file_name if file else "no file"]


def main(evidence_file: str) -> int:
    try:
        record = st.appraise(st.load_evidence(evidence_file), policy="baseline", alone=True)
    except st.errors.SupplytrustError as error:
        print(error.message, error.hint, file=sys.stderr)
        return error.exit_code
    Path("record.json").write_text(record.to_json(), encoding="utf-8")
    again = st.load("record.json")
    assert again == record
    print(again.outcome)
    print(record.areas["integrity"].findings[0].signal)
    print(*explain(record), sep="\n")
    print(record.to_text())
    print(st.render(record, "markdown"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
