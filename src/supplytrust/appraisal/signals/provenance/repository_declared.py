"""Question
    Does the package name the repository its source lives in?
Why it matters
    Who wrote it, who reviewed it and which commit made this release can only be asked of a repository. The
    declaration is where every one of those questions starts.
Evidence used
    ProjectMetadata (links of the index) and CoreMetadata (links of the judged release's files).
Supports when
    Grade `labelled`: a link labelled as source by the well-known labels leads to a repository address.
    Grade `linked`: another link leads to a repository on a known forge.
Opposes when
    Never. A missing or odd declaration only holds.
Not observed when
    No metadata was collected (its source's reason); no link leads to a repository (not-published); the
    index and the file name different repositories (inconclusive).
Limits
    Anyone can declare any repository: star-jacking does so to borrow a reputation. The declaration is a
    hint until a tag, a comparison or an attestation ties the artifact to a commit there. A repository on a
    forge that is not in the list counts only under a source label.
References
    PEP 753, "Uniform project URLs in core metadata" (well-known labels); Vu et al., "LastPyMile" (ESEC/FSE
    2021); Gao et al., "PyRadar: towards automatically retrieving and validating source code repository
    information for PyPI packages" (FSE 2024); SLSA v1.0, "Source threats".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from supplytrust.appraisal.signals.support.select import current, files_of, nothing_about, show_text
from supplytrust.model.claims.artifact import CoreMetadata
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.release import ProjectMetadata
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="provenance/repository_declared", claims=(ProjectMetadata, CoreMetadata))
Links = Iterable[tuple[str, str]]
_SOURCE_LABELS = frozenset(
    {"source", "sourcecode", "repository", "code", "github", "gitlab", "sourcerepository", "git", "vcs"}
)
_ADDRESS = re.compile(r"(?:git\+)?(?:https?|ssh|git)://(?:[^/@\s]+@)?([^/\s?#:]+)(?::\d+)?/+([^\s?#]+)", re.IGNORECASE)
_FORGE = re.compile(
    r"(www\.)?(github\.com|gitlab\.(com|[\w.-]+)|bitbucket\.org|codeberg\.org|git\.sr\.ht|gitea\.com|opendev\.org)"
)
_NOT_OWNERS = {"sponsors", "orgs", "users", "topics", "marketplace", "about", "features"}


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look for a repository among the declared links."""
    names = files_of(subject)
    index = current(evidence, ProjectMetadata)
    own = current(evidence, CoreMetadata, lambda c: c.file_name in names)
    if not (index or own):
        return nothing_about(META, evidence, ProjectMetadata, subject.purl)
    declared: list[tuple[Observation[Claim], str, str]] = []
    for page in index:
        declared += [(page, *found) for found in _repository((k.label, k.url) for k in page.claim.links)]
    for card in own:
        declared += [(card, *found) for found in _repository(card.claim.project_urls)]
    return _answer(declared, (*index, *own))


def _answer(declared: list[tuple[Observation[Claim], str, str]], read: tuple[Observation[Claim], ...]) -> Finding:
    if not declared:
        return META.not_observed(NotObservedReason.NOT_PUBLISHED, "no declared link leads to a repository", read)
    seen, repository, grade = declared[0]
    others = sorted({place for _, place, _ in declared} - {repository})
    if others:
        text = f"declared: {show_text(repository, 34)}, and {show_text(others[0], 34)}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, (o for o, _, _ in declared))
    return META.supports(f"declares {show_text(repository, 60)}", (seen,), grade=grade)


def _repository(links: Links) -> list[tuple[str, str]]:
    """The one repository a set of links declares, with its grade; labelled ones come before others."""
    found = []
    for label, url in links:
        place = _place(url)
        if place and re.sub(r"[\W_]", "", label.lower()) in _SOURCE_LABELS:
            found.append((place, "labelled"))
        elif place and _FORGE.fullmatch(place.partition("/")[0]):
            found.append((place, "linked"))
    return sorted(found, key=lambda pair: pair[1] != "labelled")[:1]


def _place(url: str) -> str:
    """`host/owner/name` of a repository address, lower case; empty when it does not look like one."""
    match = _ADDRESS.match(url.strip())
    if not match:
        return ""
    host, path = match.group(1).lower(), match.group(2).lower().strip("/")
    parts = [part for part in path.split("/-/")[0].split("/") if part]
    if not _FORGE.fullmatch(host):
        return f"{host}/{path.removesuffix('.git')}" if parts else ""
    if len(parts) < 2 or parts[0] in _NOT_OWNERS:
        return ""
    kept = parts if host.startswith("gitlab.") else parts[:2]
    return f"{host.removeprefix('www.')}/{'/'.join(kept).removesuffix('.git')}"
