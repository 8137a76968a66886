"""Makes the frozen vectors of tests/vectors/response again from real data: cases.toml names what to look at.

    python tools/bench/vectors.py [--pypa FILE] [--rustsec FILE] [--cargo-vet FILE]... [--repositories FOLDER]
                              [--show] [NAME...]

Needs an index, and the two advisory databases as files (OSV records, or extracts of them). FOLDER holds bare
repositories by the paths that cases.toml gives. Evidence is trimmed to the claims that the questions of
the two areas read; names of people and long lists go. `--show` prints outcomes and findings and writes nothing.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
import tempfile
import tomllib
from datetime import datetime
from pathlib import Path

from supplytrust.appraisal import signals
from supplytrust.assessment import appraise, collect, load_policy
from supplytrust.collection.options import load_settings, open_collect_context
from supplytrust.collection.scheduler import collect_claims
from supplytrust.collection.sources import advisories, audits
from supplytrust.model.claims.advisory import AdvisoryHistory, OpenAdvisories
from supplytrust.model.claims.artifact import ArtifactContents, CoreMetadata, MemberKind
from supplytrust.model.claims.code import CodeFindings
from supplytrust.model.claims.history import CommitHistory, DisclosurePolicy, FixHistory, PartKnowledge
from supplytrust.model.claims.release import ApiChanges, ProjectMetadata, ReleaseHistory
from supplytrust.model.claims.review import SecondPartyReviews
from supplytrust.model.evidence import Evidence, SubjectEvidence
from supplytrust.model.subject import Subject
from supplytrust.model.vocabulary import Area, Outcome
from supplytrust.records import evidence_file

FOLDER = Path(__file__).parents[2] / "tests" / "vectors" / "response"
AREAS = (Area.RESPONSIVENESS, Area.EXPERTISE)
HELD = {"not-observed": Outcome.REFER, "contradicted": Outcome.REFUSE}
NEWEST = 60  # releases of a history that are kept
KEPT = 12  # of other lists
MODULES = 8  # test modules


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--pypa", type=Path)
    options.add_argument("--rustsec", type=Path)
    options.add_argument("--cargo-vet", type=Path, action="append", default=[])
    options.add_argument("--repositories", type=Path)
    options.add_argument("--show", action="store_true")
    options.add_argument("names", nargs="*")
    chosen = options.parse_args()
    for case in tomllib.loads((FOLDER / "cases.toml").read_text())["case"]:
        if chosen.names and case["name"] not in chosen.names:
            continue
        evidence = trimmed(made(case, chosen))
        if not chosen.show:
            evidence_file.save_evidence(evidence, FOLDER / f"{case['name']}.json")
        show(case, evidence, full=chosen.show)


def made(case: dict, chosen: argparse.Namespace) -> Evidence:
    at: datetime = case["at"]
    cargo = case["subject"].startswith("pkg:cargo/")
    database = chosen.rustsec if cargo else chosen.pypa
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "supplytrust.toml"
        known = f'osv = "{database}"\n' if database else ""
        files = [str(f) for f in chosen.cargo_vet] if cargo else []
        vetted = f"[assurances]\ncargo-vet = {files}\n" if files else ""
        config.write_text(f'[advisories]\n{known}service = "none"\n{vetted}')
        if cargo:
            return crate(case["subject"], at, config)
        repository = chosen.repositories / case["repository"] if chosen.repositories and "repository" in case else None
        return collect(
            case["subject"],
            at=at,
            config=config,
            deps="none",
            rebuild="never",
            repository=str(repository) if repository else None,
        )


def crate(purl: str, at: datetime, config: Path) -> Evidence:
    """A crate, of which only advisory databases and lists of reviews are asked."""
    name, _, version = purl.removeprefix("pkg:cargo/").partition("@")
    subject = Subject(purl, "cargo", name, version)
    with open_collect_context(load_settings({"config": config}), at=at, now=at, options={}) as world:
        return Evidence(purl, at, (collect_claims(subject, world, (advisories, audits)),))


def trimmed(evidence: Evidence) -> Evidence:
    node = evidence.node(evidence.root)
    asked = {claim for s in signals.catalogue() if s.META.id.partition("/")[0] in AREAS for claim in s.META.claims}
    kept = []
    for seen in node.observations:
        if type(seen.claim) in asked:
            claim = small(seen.claim)
            kept.append(dataclasses.replace(seen, id=evidence_file.observation_id(seen.source, claim), claim=claim))
    names = {kind.__name__ for kind in asked}
    gaps = tuple(dataclasses.replace(g, detail=plain(g.detail)) for g in node.gaps if g.claim in names)
    subject = dataclasses.replace(node.subject, others=node.subject.others[:3])
    reduced = SubjectEvidence(subject, tuple(kept), gaps)
    return Evidence(evidence.root, evidence.collected_at, (reduced,), None, evidence.tool)


def plain(detail: str) -> str:
    """No addresses and no folders of the machine it was made on."""
    return re.sub(r"(\w+://|/)[^\s:,;]+", "…", detail)[:120]


def small(claim):
    """A claim with long lists cut and names of people taken out."""
    change = {}
    if isinstance(claim, ReleaseHistory):
        change = {"releases": claim.releases[-NEWEST:]}
    elif isinstance(claim, AdvisoryHistory | OpenAdvisories):
        change = {"advisories": tuple(brief(a) for a in claim.advisories[:KEPT])}
    elif isinstance(claim, ProjectMetadata):
        change = {"author": "", "maintainer": "", "requires_dist": (), "summary": "", "links": claim.links[:KEPT]}
    elif isinstance(claim, CoreMetadata):
        personal = ("author", "maintainer", "summary", "description")
        change = {f.name: "" for f in dataclasses.fields(claim) if f.name in personal}
    elif isinstance(claim, ArtifactContents):
        change = members(claim)
    elif isinstance(claim, CommitHistory):
        change = nobody(claim)
    elif isinstance(claim, DisclosurePolicy):
        change = {"changes": tuple(dataclasses.replace(c, author="somebody") for c in claim.changes)}
    elif isinstance(claim, FixHistory):
        change = {"fixes": claim.fixes[:KEPT]}
    elif isinstance(claim, SecondPartyReviews):
        said = tuple(dataclasses.replace(r, reviewers=unnamed(r.reviewers)) for r in claim.reviews[:KEPT])
        against = tuple(dataclasses.replace(v, reviewers=unnamed(v.reviewers)) for v in claim.violations)
        change = {"reviews": said, "violations": against}
    elif isinstance(claim, CodeFindings):
        more = max(0, len(claim.findings) - KEPT)
        change = {"findings": claim.findings[:KEPT], "left_out": claim.left_out + more}
    elif isinstance(claim, ApiChanges):
        change = {"changes": claim.changes[:KEPT]}
    return dataclasses.replace(claim, **change)


def brief(advisory):
    """An advisory without its aliases' texts and commits."""
    if hasattr(advisory, "advisory"):
        return dataclasses.replace(advisory, advisory=brief(advisory.advisory))
    return dataclasses.replace(advisory, summary="", fix_commits=(), fixed_in=advisory.fixed_in[:6])


def members(claim: ArtifactContents) -> dict[str, object]:
    """Policy files, and Python modules as far as the share of tests is judged by them; many are scaled down alike."""
    python = [m for m in claim.members if m.kind is MemberKind.PYTHON]
    tests = min(claim.tests, MODULES)
    count = min(4 * tests + 1, round(len(python) * tests / claim.tests)) if claim.tests else 1
    policy = [m for m in claim.members if "security" in m.path.lower()][:3]
    told = sorted({*python[:count], *policy}, key=lambda m: m.path)
    return {"tests": tests, "members": tuple(dataclasses.replace(m, sha256="", size=0) for m in told)}


def unnamed(people: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"reviewer {n}" for n, _ in enumerate(people))


def nobody(claim: CommitHistory) -> dict[str, object]:
    """Who people are does not matter here, only how many and how long."""
    people = tuple(
        dataclasses.replace(c, name=f"person {n}", aliases=(), evidence=())
        for n, c in enumerate(claim.contributors[:KEPT])
    )
    return {
        "contributors": people,
        "releaser": dataclasses.replace(claim.releaser, name="somebody" if claim.releaser.name else "", key=""),
        "incumbent": "somebody" if claim.incumbent else "",
        "long_standing": tuple(f"person {n}" for n, _ in enumerate(claim.long_standing)),
        "domains": tuple((f"d{n}.example", count) for n, (_, count) in enumerate(claim.domains[:KEPT])),
        "newcomer_binary_commits": (),
        "parts": tuple(nobody_knows(part) for part in claim.parts) if claim.parts is not None else None,
    }


def nobody_knows(part: PartKnowledge) -> PartKnowledge:
    """The same part, known by the same number of nameless people."""
    knowers = tuple((f"person {n}", lines, files) for n, (_, lines, files) in enumerate(part.knowers))
    return dataclasses.replace(part, knowers=knowers)


def show(case: dict, evidence: Evidence, *, full: bool) -> None:
    policy = load_policy(case.get("policy", "baseline"))
    context = dataclasses.replace(policy.context, purpose=case.get("purpose", policy.context.purpose))
    record = appraise(evidence, policy=policy, context=context, alone=True)
    print(f"{case['name']}  {evidence.root}  {len(evidence_file.to_bytes(evidence)) / 1024:.0f} KiB")
    for area in AREAS:
        found = record.areas[area]
        wanted = case.get(str(area), "")
        held = {
            m.signal: HELD[m.state] for m in record.must_haves if m.signal.startswith(area) and m.state != "present"
        }
        outcome = max([found.outcome, *held.values()])
        mark = "" if not wanted or wanted == outcome.name else f"  <-- expected {wanted}"
        numbers = f"by weight {found.outcome.name}, belief {found.belief:.2f}, disbelief {found.disbelief:.2f}"
        print(f"    {area} {outcome.name} ({numbers}, held by {sorted(held)}){mark}")
        for one in found.findings:
            if full or one.status.value == "opposes":
                print(f"        {one.status.value:12} {one.signal.partition('/')[2]} [{one.grade}] {one.because}")


if __name__ == "__main__":
    main()
