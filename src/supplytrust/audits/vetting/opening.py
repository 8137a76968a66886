"""Begin to vet a release: look at it once, keep what was seen, and write down what is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from supplytrust.appraisal.signals.support.select import names_of
from supplytrust.assessment import appraise, collect, load_policy
from supplytrust.audits.vetting.folder import (
    Vetting,
    copy_attachments,
    create_folder,
    default_folder,
    read_evidence,
    read_vetting,
)
from supplytrust.audits.vetting.questions import carry_answers, choose_profiles, list_questions
from supplytrust.collection.options import CollectOptions, Observer, dependency_depth, load_settings
from supplytrust.errors import UsageError
from supplytrust.io.context import quiet
from supplytrust.model.evidence import Evidence
from supplytrust.model.policy import GENERAL, Policy
from supplytrust.model.record import TrustRecord
from supplytrust.model.subject import package_of

USUAL_POLICY = "baseline"


def begin_vetting(
    subject: str,
    *,
    looking: CollectOptions,
    profiles: Iterable[str] = (),
    since: Path | None = None,
    policy: str | None = None,
    folder: Path | None = None,
    progress: Observer = quiet,
) -> tuple[Path, Vetting]:
    """The folder of a new vetting and what is in it.

    Args:
        subject: as `assess` takes it.
        looking: see `CollectOptions`.
        profiles: questionnaires besides the general one and that of the package's purpose.
        since: the folder of an earlier version's vetting, whose answers are carried over where they still hold.
        policy: a shipped name or a file; None: the configured one, else `baseline`.
        folder: where it is kept; None: below `vetting/`.
        progress: called with (event, detail) as sources finish.

    Raises:
        supplytrust.errors.UsageError: an argument cannot be used, or there is such a folder already.
        supplytrust.errors.NothingToAssessError: there is no such package, version or artifact.
    """
    settings = load_settings(looking, subject)
    named = policy or settings.policy or USUAL_POLICY
    chosen = load_policy(named, settings.trustor)
    old = read_vetting(since) if since else None
    evidence = collect(subject, progress=progress, **looking)
    record = appraise(evidence, policy=chosen, alone=dependency_depth(looking) == 0)
    purpose = settings.purpose.get(package_of(evidence.root), GENERAL)
    asked = choose_profiles([*profiles, *(old.profiles if old else ())], purpose)
    vetting = _draft(evidence, record, chosen, named, asked)
    if old is not None and since is not None:
        vetting = _carry(old, since, vetting, evidence)
    place = folder or default_folder(vetting.purl)
    create_folder(place, vetting, evidence, record)
    if since is not None:
        copy_attachments(since, place, vetting.answers)
    return place, vetting


def _draft(evidence: Evidence, record: TrustRecord, policy: Policy, named: str, profiles: tuple[str, ...]) -> Vetting:
    subject = evidence.node(evidence.root).subject
    return Vetting(
        purl=names_of(subject)[0],
        file_name=subject.artifact.file_name if subject.artifact else "",
        sha256=subject.artifact.sha256 if subject.artifact else "",
        repository=record.trustee.source_repository,
        commit=record.trustee.source_commit,
        policy=str(Path(named).absolute()) if named.endswith(".toml") else named,
        policy_digest=record.policy.digest,
        profiles=profiles,
        begun=evidence.collected_at,
        outcome=record.outcome,
        questions=list_questions(record, policy, profiles),
    )


def _carry(old: Vetting, since: Path, vetting: Vetting, evidence: Evidence) -> Vetting:
    if package_of(old.purl) != package_of(vetting.purl):
        raise UsageError(f"{since} is a vetting of {old.purl}", hint="name that of an earlier version")
    carried = carry_answers(old, read_evidence(since), evidence, vetting, vetting.begun)
    return replace(
        vetting,
        since=old.purl,
        answers=carried.answers,
        lapses=carried.lapses,
        changes=carried.delta.changes(),
    )
