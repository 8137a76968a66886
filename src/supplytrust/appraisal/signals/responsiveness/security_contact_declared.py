"""Question
    Does the project say where a vulnerability can be reported?
Why it matters
    A finder who does not know whom to tell publishes, gives up or sells. A named channel is the first step
    of every disclosure process, and the only one that can be seen from outside before it is needed.
Evidence used
    ProjectMetadata (links of the index), CoreMetadata (links of the file), ArtifactContents (a SECURITY
    file).
Supports when
    Grade `link`: a declared link is labelled as a security policy or leads to one (`/security`,
    `SECURITY.md`, `security.txt`, a `security@` address). Grade `file`: only a SECURITY file in the wheel
    or sdist is found.
Opposes when
    Never. Most projects have a channel that their metadata does not name.
Not observed when
    Neither metadata nor contents were collected (their source's reason); none of them names a channel
    (not-published).
Limits
    Says that a place is named, not that anybody reads there, nor that reports are answered in time:
    advisory history answers that. The repository's own SECURITY.md is not looked at here. A link costs
    nothing.
References
    RFC 9116 (security.txt); ISO/IEC 29147:2018, "Vulnerability disclosure"; OpenSSF Best Practices,
    criterion "vulnerability_report_process"; OpenSSF Scorecard, check "Security-Policy"; PEP 753, "Uniform
    project URLs in core metadata".
"""

from __future__ import annotations

import re

from supplytrust.appraisal.signals.support.select import current, files_of, nothing_about, show_text
from supplytrust.model.claims.artifact import ArtifactContents, CoreMetadata
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.release import ProjectMetadata
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(
    id="responsiveness/security_contact_declared", claims=(ProjectMetadata, CoreMetadata, ArtifactContents)
)
_LABEL = re.compile(r"security|vulnerabilit|disclosure", re.IGNORECASE)
_ADDRESS = re.compile(r"/security(?=$|[/?#])|security\.(md|rst|txt)\b|(^|mailto:)security@", re.IGNORECASE)
_FILE = re.compile(
    r"((docs?|\.github|[^/]+\.dist-info(/licenses)?)/)?security(-policy)?(\.(md|rst|txt))?", re.IGNORECASE
)


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look for a declared channel: in the index's links, in the file's, then as a file."""
    names = files_of(subject)
    index = current(evidence, ProjectMetadata)
    own = current(evidence, CoreMetadata, lambda c: c.file_name in names)
    contents = current(evidence, ArtifactContents, lambda c: c.file_name in names)
    links: list[tuple[Observation[Claim], str, str]] = []
    links += [(page, link.label, link.url) for page in index for link in page.claim.links]
    links += [(card, label, url) for card in own for label, url in card.claim.project_urls]
    for seen, label, url in links:
        if _is_channel(label, url):
            return META.supports(f"declares {show_text(url, 60)}", (seen,), grade="link")
    for archive in contents:
        found = [m.path for m in archive.claim.members if _FILE.fullmatch(m.path)]
        if found:
            text = f"{show_text(min(found), 30)} is in {show_text(archive.claim.file_name)}"
            return META.supports(text, (archive,), grade="file")
    read = (*index, *own, *contents)
    if not read:
        return nothing_about(META, evidence, ProjectMetadata, subject.purl)
    return META.not_observed(NotObservedReason.NOT_PUBLISHED, "no security contact in links or files", read)


def _is_channel(label: str, url: str) -> bool:
    return bool(url.strip()) and bool(_LABEL.search(label) or _ADDRESS.search(url))
