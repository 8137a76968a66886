"""Question
    Was the release looked at only after its cool-down had passed?
Why it matters
    Bad releases are found fast: of 64 documented attacks 47 were gone within three days. Waiting costs
    little and lets others find them first. What counts is that the release was still there and unremarkable
    when it was *looked at* after the wait; a clock that runs on over old evidence shows nothing.
Evidence used
    ReleaseFiles: the upload time of the judged file, and when the list was read.
Supports when
    The list was read at least the policy's cool-down (72 hours as shipped) after the judged file's upload.
    Without a judged file the newest upload of the release counts.
Opposes when
    Never. A young release is not a bad one; it waits.
Not observed when
    No file list was collected (its source's reason); it is of another version, does not have the file, or
    names no upload time (incomplete); the look came too early (cooling-down, with the time the wait ends).
Limits
    Stops what is found quickly. Of 64 attacks 17 lasted longer than three days and need the other signals.
    The index tells the upload time; an index that lies about it can shorten the wait. A file added late to
    an old release waits by its own upload.
References
    PyPA specifications, "Simple repository API" (upload-time, PEP 700); W. Woodruff, "We should all be
    using dependency cooldowns" (2025); RFC 9334, section 10 (freshness).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from supplytrust.appraisal.signals.support.select import (
    judged_file,
    least_favourable,
    looked_at,
    nothing_about,
    of_release,
    show_text,
)
from supplytrust.model.claims.release import ReleaseFiles
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="responsiveness/past_cooldown", claims=(ReleaseFiles,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Compare the upload with the time of the look."""
    lists = of_release(evidence, subject)
    if not lists:
        return nothing_about(META, evidence, ReleaseFiles, f"version {subject.version}")
    return least_favourable(_answer(seen, judged_file(subject), moment) for seen in lists)


def _answer(seen: Observation[ReleaseFiles], file_name: str, moment: AppraisalContext) -> Finding:
    what = show_text(file_name or f"version {seen.claim.version}")
    uploaded = _upload(seen.claim, file_name)
    if uploaded is None:
        return META.not_observed(NotObservedReason.INCOMPLETE, f"the upload time of {what} is not known", (seen,))
    looked = looked_at(seen, moment)
    until = uploaded + timedelta(hours=moment.cooldown_hours)
    if looked < until:
        text = f"{what}: cool-down ends {until:%Y-%m-%d %H:%M}"
        return META.not_observed(NotObservedReason.COOLING_DOWN, text, (seen,), until=until)
    text = f"{what}: {(looked - uploaded).days} days old when looked at"
    return META.supports(text, (seen,))


def _upload(claim: ReleaseFiles, file_name: str) -> datetime | None:
    times = [f.uploaded_at for f in claim.files if f.file_name == file_name or not file_name]
    known = [t for t in times if t is not None]
    return max(known) if known and len(known) == len(times) else None
