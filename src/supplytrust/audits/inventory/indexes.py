"""Where a listed package comes from: a package of the same name on another index is another package.

A list may name an index for one package (lock files) or for all (`--index-url`). It is judged when that is the index
configured for the package, and unknown otherwise. What names the public index means the configured one too, as a bare
name does, unless a pattern of the configuration says where the package comes from.
"""

from __future__ import annotations

from dataclasses import replace

from supplytrust.audits.inventory import naming
from supplytrust.audits.inventory.inventory import Inventory, ListedPackage
from supplytrust.ecosystems.pypi.address import is_default, same_index, simple_base
from supplytrust.model.settings import Settings

HINT = "[index] in the configuration says which index packages come from"


def at_configured(found: Inventory, settings: Settings) -> Inventory:
    """The inventory in which whatever may come from another index than the configured one is unknown."""
    return replace(found, listed=tuple(_check_index(one, settings) for one in found.listed))


def _check_index(one: ListedPackage, settings: Settings) -> ListedPackage:
    if one.wanted is None or one.path or not one.indexes:
        return one
    own = simple_base(settings, name=one.wanted.name)
    mapped = bool(settings.index_pattern(one.wanted.type, one.wanted.name))
    others = [i for i in one.indexes if not _means(i, own, mapped=mapped)]
    if not others:
        return one
    if len(others) < len(one.indexes) and all(_is_configured(i, settings) for i in others):
        return one  # the configuration names all of them, and says which one this package is from
    verb = "from" if len(others) == len(one.indexes) == 1 else "may come from"
    places = " or ".join(naming.escape_text(index, 120) for index in others[:3])
    why = f"{verb} {places}, which is not the index configured for it: {HINT}"
    return replace(one, wanted=None, unknown=why)


def _means(index: str, own: str, *, mapped: bool) -> bool:
    """Whether an address means the index that is configured for a package."""
    return not index or same_index(index, own) or (not mapped and is_default(index))


def _is_configured(index: str, settings: Settings) -> bool:
    return not index or is_default(index) or any(same_index(index, known) for known in settings.index.values())
