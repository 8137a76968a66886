"""Question
    Do the received bytes of the judged file have the digest that the index lists for it?
Why it matters
    Everything else is said about one digest. If the bytes that arrived are others, a mirror, a cache, a
    proxy or the index itself has handed out something that was not published under this name.
Evidence used
    MeasuredDigest of the judged file: the sha256 measured while it was received and the one the index
    lists; and the digest the subject was named with.
Supports when
    The measured digest equals the listed one, and the subject's own when it names one.
Opposes when
    It differs from either. This is a veto (tampered): no weight answers it and no exception covers it.
Not observed when
    The file was not received (its source's reason); only other files were (incomplete); the index lists no
    digest (not-published); a digest is not 64 hexadecimal digits (malformed).
Limits
    A host's own digest proves nothing against that host: whoever controls the index, or the account that
    uploads, lists the digest of the bad bytes. Independent copies of the digest (a lock file, the ledger,
    an attestation) answer that. A broken download is reported as tampered too; it is told when the bytes end
    early, and fetching again tells them apart.
References
    FIPS 180-4 (SHA-256); PyPA specifications, "Simple repository API", file hashes; RFC 9334, section 8.3
    (reference values); The Update Framework specification, section 1.5.2 (arbitrary software attacks).
"""

from __future__ import annotations

import re

from supplytrust.appraisal.signals.support.select import least_favourable, of_judged_file, show_text
from supplytrust.model.claims.artifact import MeasuredDigest
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Artifact, Subject
from supplytrust.model.vocabulary import Veto

META = SignalMeta(id="integrity/digest_matches_index", claims=(MeasuredDigest,))
ROOM = 90  # characters of a reason, so that the report stays on its lines
_FORMS = {"sha256": re.compile(r"[0-9a-f]{64}"), "sha512": re.compile(r"[0-9a-f]{128}")}


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Compare what was measured with what was promised."""
    measured = of_judged_file(META, subject, evidence, MeasuredDigest)
    if isinstance(measured, Finding):
        return measured
    promised = subject.artifact or Artifact("", "")
    return least_favourable(finding for seen in measured for finding in _answers(seen, promised))


def _answers(seen: Observation[MeasuredDigest], promised: Artifact) -> list[Finding]:
    """By SHA-256, and by SHA-512 where it is named; that an index lists one of them only is no gap."""
    claim = seen.claim
    answers = [_answer(seen, "sha256", claim.measured, claim.listed, promised.sha256)]
    if claim.listed_sha512 or promised.sha512:
        answers.append(_answer(seen, "sha512", claim.measured_sha512, claim.listed_sha512, promised.sha512))
    return [a for a in answers if a.reason is not NotObservedReason.NOT_PUBLISHED] or answers[:1]


def _answer(seen: Observation[MeasuredDigest], algorithm: str, measured: str, listed: str, promised: str) -> Finding:
    name = show_text(seen.claim.file_name)
    measured, listed, promised = measured.lower(), listed.lower(), promised.lower()
    form = _FORMS[algorithm]
    if not all(form.fullmatch(text) for text in (measured, listed or measured, promised or measured)):
        return META.not_observed(NotObservedReason.MALFORMED, f"a digest of {name} is not a {algorithm}", (seen,))
    for other, whose in ((listed, "the index"), (promised, "the subject")):
        if other and other != measured:
            text = f" has {measured[:8]}…, {whose} names {other[:8]}…{_length(seen.claim)}"
            text = show_text(seen.claim.file_name, max(6, min(40, ROOM - len(text)))) + text
            return META.opposes(text, (seen,), veto=Veto.TAMPERED)
    if not listed:
        return META.not_observed(NotObservedReason.NOT_PUBLISHED, f"the index lists no digest for {name}", (seen,))
    return META.supports(f"{name} has the listed {algorithm} {measured[:8]}…", (seen,))


def _length(claim: MeasuredDigest) -> str:
    """Whether the bytes end early: that is what a broken download looks like, and it excuses nothing."""
    size, listed = claim.size, claim.listed_size
    if listed is not None and size < listed:
        return f"; {'shorter' if claim.whole else 'truncated'}: {size} of {listed} B"
    return "" if claim.whole else "; not readable to its end"
