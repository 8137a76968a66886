"""Rebuild one release without judging it: what `supplytrust rebuild` does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from supplytrust.collection.options import CollectOptions, load_settings, open_context
from supplytrust.collection.resolve import resolve
from supplytrust.errors import NothingToAssessError, SourceError
from supplytrust.model.claims.rebuild import RebuildResult
from supplytrust.rebuild import inputs


def rebuilt(
    subject: str,
    *,
    config: str | Path | None = None,
    index_url: str | None = None,
    unsandboxed: bool = False,
    keep: str = "",
) -> RebuildResult:
    """Rebuild a release's wheel from its sdist, without judging; `keep` names a folder for what was built."""
    now = datetime.now(UTC).replace(microsecond=0)
    looking: CollectOptions = {
        "config": config,
        "index_url": index_url,
        "rebuild": "unsandboxed" if unsandboxed else "always",
    }
    with open_context(looking, load_settings(looking), now, now) as opened:
        world = replace(opened, options={**opened.options, "keep": keep})
        found = resolve(subject, world)
        try:
            return inputs.from_sdist(found, inputs.pair(found, world), world)
        except SourceError as error:
            raise NothingToAssessError(f"cannot rebuild {found.purl}: {error.message}", hint=error.hint) from None
