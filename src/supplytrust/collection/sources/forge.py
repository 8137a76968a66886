"""The forge that the repository lies on: answers, reviews, rules, releases and the state of the repository.

A file of `forge export` (`[forge] export`) is read first. Otherwise the forge itself is asked, when there is a token
for it in the environment or the configuration says `ask = "always"`: four requests a repository at most, and none
within a day of the last look. Projects that take changes by mail have nothing to tell here and stay unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from supplytrust.errors import MalformedError, NotAskedError, NotFoundError, SourceError
from supplytrust.evidence.forge import activity, answers, hosts
from supplytrust.evidence.forge.activity import Activity
from supplytrust.evidence.repository import addresses
from supplytrust.formats.canonical_json import digest_of
from supplytrust.io.context import CollectContext, SourceClaim, not_observed
from supplytrust.io.http.url_rules import origin_of
from supplytrust.model.claims.artifact import CoreMetadata
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.forge import BranchRules, ForgeAnswers, ForgeRepository, ForgeReviews, WorkflowReleases
from supplytrust.model.claims.release import ProjectMetadata
from supplytrust.model.claims.source_tree import KnownBy, SourceRepository
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Subject

NAME = "forge"
OFFERS: tuple[type[Claim], ...] = (ForgeRepository, ForgeAnswers, ForgeReviews, BranchRules, WorkflowReleases)
NEEDS: tuple[type[Claim], ...] = (SourceRepository, ProjectMetadata, CoreMetadata)
ECOSYSTEMS: tuple[str, ...] = ()

_PARTS: tuple[tuple[type[Claim], str, Callable[[Activity, KnownBy, datetime], Claim | None]], ...] = (
    (ForgeRepository, "", answers.repository_state),
    (ForgeAnswers, "issues", answers.answers),
    (ForgeReviews, "changes", answers.reviews),
    (BranchRules, "rules", answers.branch_rules),
    (WorkflowReleases, "releases", answers.workflow_releases),
)


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:
    """One claim a part that the forge told; raises SourceError when no forge could be asked."""
    address, known_by = addresses.locate_repository(subject, known, world)
    for seen in known.all(SourceRepository):
        if seen.claim.address == addresses.show_address(address):
            known_by = seen.claim.known_by
    activity_seen, method, digest = world.once.get(("forge", origin_of(address)), lambda: look(address, world))
    if activity_seen.seen_at - activity.WINDOW > world.at:
        raise NotFoundError("the forge was looked at more than a year after the judged day")
    return [_part(part, activity_seen, known_by, world.at, (method, digest)) for part in _PARTS]


def look(address: str, world: CollectContext) -> tuple[Activity, str, str]:
    """What is known of a repository, by an export or by the forge itself; how; and the export's digest."""
    exported = _find_export(address, world)
    if exported is not None:
        return exported
    place = hosts.locate(address, world.settings.forge.hosts)
    ask = world.settings.forge.ask
    if ask == "never" or (ask == "token" and not place.token and not world.http.offline):
        why = "switched off" if ask == "never" else "no token in the environment"
        raise NotAskedError(f"{place.host} was not asked: {why}", hint='[forge] ask = "always"')
    seen = hosts.look(world.http, place, world.cache, world.now)
    return seen, f"asked {place.host} {seen.seen_at:%Y-%m-%d}", ""


def _find_export(address: str, world: CollectContext) -> tuple[Activity, str, str] | None:
    """The newest fitting entry of the configured exports. A file that cannot be read is an error, never passed over."""
    found: list[tuple[Activity, str, str]] = []
    for name in world.settings.forge.exports:
        try:
            data = Path(name).read_bytes()
        except OSError as error:
            raise MalformedError(
                f"{Path(name).name} cannot be read: {error.strerror}", hint="[forge] export"
            ) from error
        method = f"export {Path(name).name}"
        found += [
            (seen, f"{method} of {seen.seen_at:%Y-%m-%d}", digest_of(data))
            for seen in activity.read_activities(data)
            if origin_of(seen.address).lower() == origin_of(address).lower() and seen.seen_at <= world.now
        ]
    return max(found, key=lambda entry: entry[0].seen_at, default=None)


def _part(
    part: tuple[type[Claim], str, Callable[[Activity, KnownBy, datetime], Claim | None]],
    seen: Activity,
    known_by: KnownBy,
    at: datetime,
    how: tuple[str, str],
) -> SourceClaim | NotObserved:
    kind, gap, make = part
    try:
        claim = make(seen, known_by, at)
    except SourceError as error:
        return not_observed(kind, NotObservedReason(error.reason), error.message)
    if claim is None:
        told = seen.gaps.get(gap) or seen.gaps.get("reviews" if kind is ForgeReviews else gap)
        return not_observed(kind, NotObservedReason.NOT_PUBLISHED, told or f"{seen.forge} shows none")
    return SourceClaim(claim, *how)
