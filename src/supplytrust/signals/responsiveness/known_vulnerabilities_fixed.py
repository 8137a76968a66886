"""Question
    Is every publicly known vulnerability of this version answered, or is there none?
Why it matters
    A known defect is the cheapest one to attack. Whether it is fixed in a later version tells two cases
    apart: this version should be left, or no one has answered yet.
Evidence used
    KnownVulnerabilities for exactly the judged version, from the index and from advisory databases.
Supports when
    The sources that were asked list none that affects this version, withdrawn ones aside.
Opposes when
    One does. Grade `fix-available`: all are fixed in another version; grade `no-fix`: one or more are not;
    grade `low`: all are of low severity. An advisory that calls the release malicious is a veto
    (malicious).
Not observed when
    No advisories were looked up (its source's reason); the answer is about another version (incomplete).
Limits
    Advisories come late, days after a hijacked release is gone, and cover what somebody reported; none
    known is weak support. An advisory may concern a function that is never called here (VEX answers that),
    be disputed, or name wrong version ranges.
References
    OSV schema 1.x, "affected" and "withdrawn"; CVSS v3.1 and v4.0 (FIRST); PyPA advisory database; OASIS
    CSAF 2.0, profile VEX; Decan et al., "On the impact of security vulnerabilities in the npm package
    dependency network" (MSR 2018).
"""

from __future__ import annotations

from supplytrust.model.claims.release import KnownVulnerabilities, KnownVulnerability
from supplytrust.model.evidence import Observation, SubjectEvidence
from supplytrust.model.finding import Finding, Moment, SignalMeta
from supplytrust.model.naming import same_version
from supplytrust.model.picking import current, first_of, least_favourable, nothing_about, shown
from supplytrust.model.subject import Subject
from supplytrust.model.words import Veto

META = SignalMeta(id="responsiveness/known_vulnerabilities_fixed", claims=(KnownVulnerabilities,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: Moment) -> Finding:
    """Judge what each source lists for the judged version."""
    lists = current(evidence, KnownVulnerabilities, lambda c: same_version(c.version, subject.version))
    if not lists:
        return nothing_about(META, evidence, KnownVulnerabilities, f"version {subject.version}")
    return least_favourable((_answer(seen) for seen in lists), grades=("low", "fix-available", "no-fix"))


def _answer(seen: Observation[KnownVulnerabilities]) -> Finding:
    version = shown(seen.claim.version, 20)
    standing = [v for v in seen.claim.vulnerabilities if not v.withdrawn]
    malicious = sorted(v.id for v in standing if v.malicious)
    if malicious:
        text = f"{version} is reported as malicious: {first_of(malicious, 30)}"
        return META.opposes(text, (seen,), veto=Veto.MALICIOUS)
    if not standing:
        return META.supports(f"no known vulnerability affects {version}", (seen,))
    named = first_of(sorted(v.id for v in standing), 30)
    if all(_is_low(v) for v in standing):
        return META.opposes(f"{version} is affected, low severity: {named}", (seen,), grade="low")
    if all(v.fixed_in for v in standing):
        return META.opposes(
            f"{version} is affected, fixed elsewhere: {named}", (seen,), grade="fix-available"
        )
    unfixed = first_of(sorted(v.id for v in standing if not v.fixed_in), 30)
    return META.opposes(f"{version} is affected, no fix named: {unfixed}", (seen,), grade="no-fix")


def _is_low(vulnerability: KnownVulnerability) -> bool:
    """Low by word (`low`, `none`) or by CVSS base score below 4; an unknown scale is not low."""
    text = vulnerability.severity.strip().lower()
    if text in {"low", "none"}:
        return True
    whole, _, part = text.partition(".")
    return whole in {"0", "1", "2", "3"} and (part == "" or (part.isascii() and part.isdigit()))
