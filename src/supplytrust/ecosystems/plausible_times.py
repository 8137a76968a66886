"""Whether the times that an index gives its releases can be believed: the same test for all semantic versions. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import datetime, timedelta

from supplytrust.model.versions import parse_semantic

AT_ONCE = timedelta(hours=1)
INVERTED, ENOUGH = 0.05, 10  # of so many steps a larger share out of order makes all times unbelievable


def plausible_times(releases: Iterable[tuple[str, datetime | None]]) -> bool:
    """Whether publication follows the order of versions, but for few exceptions; `releases` are in that order.

    A mirror that gives the time of its own copy is seen by this: an honest registry has hardly an inversion between one
    patch and the next, nor between the first releases of a major version's minor ones. That patches of an older minor
    version come out later is upkeep, and no inversion; two that are published at once come in any order.
    """
    series: dict[tuple[int, ...], list[datetime]] = {}
    for text, published in releases:
        version = parse_semantic(text)
        if published is not None:
            minor = (version.major, version.minor or 0)
            if minor not in series:
                series.setdefault(minor[:1], []).append(published)
            series.setdefault(minor, []).append(published)
    pairs = [pair for times in series.values() for pair in itertools.pairwise(times)]
    inverted = sum(later < earlier - AT_ONCE for earlier, later in pairs)
    return len(pairs) < ENOUGH or inverted <= max(2, INVERTED * len(pairs))
