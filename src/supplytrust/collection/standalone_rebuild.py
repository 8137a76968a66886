"""Rebuild one release without judging it: what `supplytrust rebuild` does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from supplytrust import ecosystems
from supplytrust.collection.options import CollectOptions, load_settings, open_context
from supplytrust.collection.resolve import resolve
from supplytrust.collection.scheduler import collect_claims
from supplytrust.errors import NothingToAssessError, SourceError
from supplytrust.io.context import CollectContext
from supplytrust.model.claims.rebuild import RebuildResult
from supplytrust.model.subject import Subject
from supplytrust.rebuild import inputs


def rebuilt(
    subject: str,
    *,
    config: str | Path | None = None,
    index_url: str | None = None,
    unsandboxed: bool = False,
    keep: str = "",
) -> RebuildResult:
    """Rebuild a release's wheel from its sdist, without judging; `keep` names a folder for what was built.

    A release of sources alone, or one that is packed from a tree, is built again from the commit of its tag, where a
    repository on this machine is named.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    looking: CollectOptions = {
        "config": config,
        "index_url": index_url,
        "rebuild": "unsandboxed" if unsandboxed else "always",
    }
    with open_context(looking, load_settings(looking, subject), now, now) as opened:
        world = replace(opened, options={**opened.options, "keep": keep})
        found = resolve(subject, world)
        files = [a for a in (found.artifact, *found.others) if a is not None]
        packed = ecosystems.of(found).rebuild_backend().packs_trees
        if files and (packed or not any(a.kind.is_built for a in files)):
            return _from_commit(found, world)
        try:
            return inputs.from_sdist(found, inputs.pair(found, world), world)
        except SourceError as error:
            raise NothingToAssessError(f"cannot rebuild {found.purl}: {error.message}", hint=error.hint) from None


def _from_commit(found: Subject, world: CollectContext) -> RebuildResult:
    """What the sources that know index, repository and tag make of it."""
    node = collect_claims(found, world)
    made = node.newest(RebuildResult)
    if made is None:
        gap = node.gap(RebuildResult)
        hint = 'name its repository: [repository] "pkg:type/name" = "PATH"'
        raise NothingToAssessError(f"cannot rebuild {found.purl}: {gap.detail or gap.reason.value}", hint=hint)
    return made.claim
