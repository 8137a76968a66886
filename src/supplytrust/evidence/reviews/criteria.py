"""Criteria of reviewers: what each implies, and what part of the code a reading by it was about.

The two built-in criteria and the closure follow the cargo-vet book ("Audit Criteria"); crypto-safe,
does-not-implement-crypto and ub-risk-N follow the published auditing standards of the organizations that use them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from supplytrust.model.claims.review import Scope

RUN, DEPLOY = "safe-to-run", "safe-to-deploy"
BUILT_IN: Mapping[str, tuple[str, ...]] = {RUN: (), DEPLOY: (RUN,)}
_UNSOUND = re.compile(r"ub-risk-([0-9])(?:-thorough)?")
_SOUND_ENOUGH = 2  # "negligible unsoundness"; 3 is mild, 4 extreme
_OWN_WORDS = {
    DEPLOY: (Scope.MEMORY, Scope.PARSING, Scope.NETWORK),
    "rule-of-two-safe-to-deploy": (Scope.MEMORY, Scope.PARSING, Scope.NETWORK),
    "crypto-safe": (Scope.CRYPTOGRAPHY,),
    "crypto-reviewed": (Scope.CRYPTOGRAPHY,),
}
NO_CRYPTO = "does-not-implement-crypto"
_DESCRIPTIONS = frozenset([NO_CRYPTO])


def closure(names: Iterable[str], implies: Mapping[str, Collection[str]]) -> frozenset[str]:
    """The names and everything they imply, directly or through others; circles are harmless."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(implies.get(name, ()))
    return frozenset(found)


def scopes(names: Collection[str]) -> tuple[Scope, ...]:
    """What closed criteria say was looked at. That no cryptography is implemented is no review of any."""
    found: set[Scope] = set()
    for name in names:
        if name != "crypto-safe" or NO_CRYPTO not in names:
            found.update(_OWN_WORDS.get(name, ()))
        unsound = _UNSOUND.fullmatch(name)
        if unsound and int(unsound.group(1)) <= _SOUND_ENOUGH:
            found.add(Scope.MEMORY)
    return tuple(sorted(found))


def speaks_against(name: str) -> bool:
    """Whether missing a criterion is a fault. Implementing cryptography, or some unsafe code, is not one by itself."""
    unsound = _UNSOUND.fullmatch(name)
    return name not in _DESCRIPTIONS and not (unsound and int(unsound.group(1)) <= _SOUND_ENOUGH)
