"""What the forges of a list's repositories tell, as one file that a machine without them can read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Unpack

from supplytrust.audits.inventory import at_configured
from supplytrust.audits.runner import inventory_of
from supplytrust.audits.source_fetch import find_declared
from supplytrust.collection.options import CollectOptions, Observer, load_settings, open_context
from supplytrust.collection.sources import forge
from supplytrust.errors import NothingToAssessError, SupplytrustError
from supplytrust.evidence.forge.activity import Activity, write_activities
from supplytrust.io.context import quiet


@dataclass(frozen=True, slots=True)
class ForgeExport:
    """The file, and a line for each repository or package that is not in it, with the reason."""

    data: bytes
    repositories: tuple[str, ...]
    missing: tuple[tuple[str, str], ...]


def export_activities(
    targets: Sequence[str], *, progress: Observer = quiet, **looking: Unpack[CollectOptions]
) -> ForgeExport:
    """Ask the forge of every repository once. One that does not answer is named as missing and costs no other.

    Args:
        targets: addresses of repositories, and whatever `audit` takes: of those the declared repositories.
        progress: called with ("forge", address) before each.
        **looking: see `CollectOptions`.

    Raises:
        supplytrust.errors.InputError: a target cannot be read.
        supplytrust.errors.NothingToAssessError: nothing is listed.
    """
    settings, now = load_settings(looking), datetime.now(UTC).replace(microsecond=0)
    addresses = [t for t in targets if "://" in t or t.startswith("git@")]
    lists = [t for t in targets if t not in addresses]
    seen: dict[str, Activity] = {}
    missing: list[tuple[str, str]] = []
    with open_context(looking, settings, now, now, progress=progress) as world:
        listed = [one for one in at_configured(inventory_of(lists), settings).listed if one.wanted] if lists else []
        for one in listed:
            for package, _version, address, why in find_declared(one, world, 0):
                if address or package in settings.repository:
                    addresses.append(address or settings.repository[package])
                else:
                    missing.append((package, why))
        for address in dict.fromkeys(addresses):
            progress("forge", address)
            try:
                told, _, _ = forge.look(address, world)
                seen[told.address] = told
            except SupplytrustError as error:
                missing.append((address, error.message))
    if not seen and not missing:
        raise NothingToAssessError("nothing is listed", hint="name a repository, a package or a list")
    return ForgeExport(write_activities([seen[key] for key in sorted(seen)]), tuple(sorted(seen)), tuple(missing))
