"""`extends` of a policy: a shipped one as its base, of which the file writes down only what differs.

    extends = "baseline"
    base_epoch = 1

Tables are laid over the base's key by key, every other value takes the place of the base's. Who answers, whose records
these are, and exceptions are never inherited. The base is that of the installed program: when its epoch is another one
than the file was written for, the policy says so, and its digest changes with every byte of the base.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from supplytrust.formats.toml import read_toml
from supplytrust.formats.toml_fields import Document, nearest

Table = Mapping[str, object]
OWN = frozenset(["id", "owner", "trustor", "epoch", "written", "exception", "schema", "extends", "base_epoch"])
KEY = "extends"


def lay_over_base(document: Document, names: tuple[str, ...], text_of: Callable[[str], str]) -> tuple[bytes, int]:
    """Complete the document by its base; the base's bytes and epoch, or none of them (b"", 0) when it has no base."""
    base = document.data.get(KEY)
    if base is None:
        return b"", 0
    if not isinstance(base, str) or base not in names:
        document.add((KEY,), f"'{KEY}' = {base!r} is no shipped policy", nearest(str(base), names))
        return b"", 0
    raw = text_of(base).encode()
    inherited = read_toml(raw)
    epoch = inherited.get("epoch", 1)
    document.data = merge_tables({k: v for k, v in inherited.items() if k not in OWN}, document.data)
    return raw, epoch if isinstance(epoch, int) else 1


def merge_tables(base: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    """`own` laid over `base`: tables key by key, every other value as `own` has it."""
    merged = dict(base)
    for key, value in own.items():
        before = merged.get(key)
        is_table = isinstance(before, Mapping) and isinstance(value, Mapping)
        merged[key] = merge_tables(cast("Table", before), cast("Table", value)) if is_table else value
    return merged


def tell_upgrade(base: str, written_for: int, now: int) -> str:
    """What a reader should know when the base is not the one that the policy was written for; '' when it is."""
    if not base or written_for == now:
        return ""
    return (
        f"the policy was written for epoch {written_for} of '{base}', and this program has epoch {now}: read "
        f"`supplytrust policy show {base}`, then write base_epoch = {now}"
    )
