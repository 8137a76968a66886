"""Exceptions in a set: which are in use and for how long, which have ended, and whether there are too many.

An exception turns the doubt about one exact version into an admission, so a set that stands on many of them was
not judged but waved through. More than one and more than `SHARE` of the packages is a failure of its own; so is
an exception that ended while its package is still there: nobody decided again. Pure; see
docs/decisions/0028-exceptions-and-adoption.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from supplytrust.model.policy import Exemption
from supplytrust.model.record import Reason

SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Exceptions:
    """`used` carry an admission, soonest end first; `ended` are past their end and name a package of the set.

    `unused` name a package that is not in the set or that does not need them. `packages` is how many packages
    stand on an exception, `failures` what has to be decided by a person.
    """

    used: tuple[Exemption, ...] = ()
    ended: tuple[Exemption, ...] = ()
    unused: tuple[Exemption, ...] = ()
    packages: int = 0
    failures: tuple[Reason, ...] = ()


def standing(
    policy: Iterable[Exemption], used: Mapping[str, Collection[Exemption]], present: Collection[str], at: datetime
) -> Exceptions:
    """How the exceptions of a policy stand in a set of releases.

    Args:
        policy: all exceptions of the policy.
        used: release (purl) -> the exceptions that its record was made with; empty ones may be left out.
        present: every release of the set, as purls without qualifiers.
        at: the moment of the judgement.
    """
    given = tuple(policy)
    carrying = {one for several in used.values() for one in several}
    ended = tuple(one for one in given if one.expires <= at and one.subject in present and one not in carrying)
    unused = tuple(one for one in given if one not in carrying and one not in ended)
    packages = sum(bool(several) for several in used.values())
    failures = [
        Reason("exception-ended", f"{one.subject}: the exception of {one.owner} ended on {one.expires:%Y-%m-%d}")
        for one in sorted(ended)
    ]
    if packages > max(1, int(SHARE * len(present))):
        share = f"{packages} of {len(present)} packages stand on an exception; at most {SHARE:.0%} of a set may"
        failures.append(Reason("too-many-exceptions", share))
    return Exceptions(
        tuple(sorted(carrying, key=lambda one: (one.expires, one))),
        tuple(sorted(ended)),
        tuple(sorted(unused)),
        packages,
        tuple(failures),
    )
