"""Names that can be taken for another one: one edit, a swap, separators, look-alike letters or an affix."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable
from importlib import resources

from supplytrust.model.claims.release import NameNeighbours

MOST_ALIKE = 20  # names of one group that are compared
SHORTEST = 5  # shorter names are one edit from each other too often to say anything
_ALIKE = (("0", "o"), ("1", "l"), ("i", "l"), ("rn", "m"), ("vv", "w"), ("5", "s"), ("3", "e"))


@functools.cache
def popular_names(package: str, spelling: Callable[[str], str]) -> frozenset[str]:
    """The list of popular names that an ecosystem's folder ships, in its one spelling."""
    text = resources.files(package).joinpath("popular.txt").read_text(encoding="utf-8")
    return frozenset(spelling(line) for line in text.splitlines() if line.strip() and not line.startswith("#"))


def name_neighbours(name: str, names: frozenset[str], affixes: Collection[str]) -> NameNeighbours:
    """Compare a name with every popular one, all in their ecosystem's one spelling."""
    near = tuple(sorted(other for other in names if other != name and confusable(name, other, affixes)))
    return NameNeighbours(name in names, near, len(names))


def near_pairs(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """For each name those of the others that it could be taken for; affixes make families of names, which say nothing.

    Linear in the names: two are compared only when both give one text with a letter taken out, or look alike.
    """
    known = sorted(set(names))
    alike: dict[str, list[str]] = {}
    for name in known:
        plain = name.replace("-", "")
        fewer = (plain[:n] + plain[n + 1 :] for n in range(len(plain))) if len(plain) >= SHORTEST else ()
        for key in {plain, _look_alike_key(plain), *fewer}:
            alike.setdefault(key, []).append(name)
    near: dict[str, set[str]] = {}
    for group in alike.values():
        for name in group[:MOST_ALIKE]:
            near.setdefault(name, set()).update(o for o in group[:MOST_ALIKE] if o != name and confusable(name, o, ()))
    return {name: tuple(sorted(others)) for name, others in near.items() if others}


def confusable(name: str, other: str, affixes: Collection[str]) -> bool:
    """One edit or swap apart, the same but for separators, look-alike letters or an affix."""
    mine, its = name.replace("-", ""), other.replace("-", "")
    if mine == its or _look_alike_key(mine) == _look_alike_key(its):
        return True
    if min(len(mine), len(its)) < SHORTEST:
        return False
    return one_edit(mine, its) or _has_common_affix(name, other, affixes)


def _look_alike_key(name: str) -> str:
    """One spelling for names that look alike."""
    for look, letter in _ALIKE:
        name = name.replace(look, letter)
    return name


def one_edit(a: str, b: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours turns `a` into `b`."""
    if abs(len(a) - len(b)) > 1 or a == b:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest_a, rest_b = a[start:], b[start:]
    if len(a) == len(b):
        swapped = rest_a[1::-1] + rest_a[2:] if len(rest_a) > 1 else rest_a
        return rest_a[1:] == rest_b[1:] or swapped == rest_b
    return rest_a[1:] == rest_b if len(a) > len(b) else rest_a == rest_b[1:]


def _has_common_affix(name: str, other: str, affixes: Collection[str]) -> bool:
    longer, shorter = (name, other) if len(name) > len(other) else (other, name)
    if longer.startswith(shorter):
        added = longer[len(shorter) :]
    elif longer.endswith(shorter):
        added = longer[: -len(shorter)]
    else:
        return False
    return added.strip("-") in affixes or added.strip("-").isdigit()
