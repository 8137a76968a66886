"""A policy that begins with a tree as it is: what is required, and every package that does not meet it yet, by name.

Nothing that is open is taken over in silence: each doubt is written out as an exception that is switched off and
lacks a reason. Switched on as it stands, the loader refuses the file. The text is a function of what an audit found.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Unpack

from supplytrust.appraisal.algebra.package_verdict import most_exceptions
from supplytrust.appraisal.policies import loader
from supplytrust.audits.result import AuditResult, SubjectVerdict
from supplytrust.audits.runner import JOBS, audit
from supplytrust.collection.options import CollectOptions, Observer
from supplytrust.io.context import quiet
from supplytrust.model.subject import release_of
from supplytrust.model.vocabulary import Area, Outcome

DAYS = 90  # of the 180 that an exception may have: the first look back comes soon


@dataclass(frozen=True, slots=True, order=True)
class Open:
    """A package that is not admitted: its exact version (purl), the undecided areas, why, and the way to it.

    `cause` is the answer whose lack keeps it back first, in words; packages of one cause are listed together.
    """

    purl: str
    covers: tuple[Area, ...]
    why: str
    path: tuple[str, ...] = ()
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Adoption:
    """What an audit found. Each open package stands in exactly one of the four groups; `admitted` is a number."""

    name: str
    day: date
    admitted: int
    unreviewed: tuple[Open, ...] = ()
    waiting: tuple[Open, ...] = ()
    refused: tuple[Open, ...] = ()
    unknown: tuple[Open, ...] = ()

    @property
    def packages(self) -> int:
        """How many there are."""
        return self.admitted + sum(map(len, (self.unreviewed, self.waiting, self.refused, self.unknown)))

    @property
    def excess(self) -> str:
        """What is to be said when more exceptions are proposed than a set may stand on; '' when there are not."""
        most = most_exceptions(self.packages)
        if len(self.unreviewed) <= most:
            return ""
        return (
            f"{len(self.unreviewed)} exceptions are proposed, and a set of {self.packages} may stand on {most}: "
            "bring what is missing first (supplytrust sources fetch), then write this file again"
        )

    def __str__(self) -> str:
        """One line with the numbers."""
        numbers = [(self.admitted, "admitted as they are"), (len(self.unreviewed), "not reviewed yet")]
        numbers += [(len(self.waiting), "too young"), (len(self.refused), "refused"), (len(self.unknown), "not judged")]
        noun = "package" if self.packages == 1 else "packages"
        return f"{self.packages} {noun}: {', '.join(f'{count} {word}' for count, word in numbers if count)}"


def text(
    base: str, found: Adoption, *, policy_id: str = "", owner: str = "owner@example.org", trustor: str = ""
) -> str:
    """The policy's text: a note on top, what it extends, and what is open. PolicyError."""
    begun = loader.template(base, policy_id=policy_id, owner=owner, trustor=trustor, written=found.day)
    return "".join(f"{line}\n" for line in (*_note(base, found), begun.rstrip("\n"), *_open(found, owner)))


def _note(base: str, found: Adoption) -> list[str]:
    return [
        f"# What we require of packages; begun on {found.day} with {_plain(found.name)} and the policy '{base}'.",
        "#",
        f"#   {found}.",
        "#",
        "# At the end stands, by cause and name, what does not meet it today; none of that is in force. To take over a",
        "# doubt for a while, remove the '# ' of its block and say why (reason). A block without is refused, and each",
        "# ends by itself.",
        *(f"# {line}" for line in textwrap.wrap(f"Note: {found.excess}.", 116) if found.excess),
        "",
    ]


def _open(found: Adoption, owner: str) -> list[str]:
    expires = found.day + timedelta(days=DAYS)
    lines: list[str] = []
    if found.unreviewed:
        lines += ["", f"# --- Not reviewed yet: {len(found.unreviewed)} ---"]
    for cause, alike in _by_cause(found.unreviewed):
        lines += ["", f"# {len(alike)} for one cause: {_plain(cause)}"] if cause else []
        for one in alike:
            lines += ["", *(f"# {line}" for line in _block(one, owner, expires))]
    groups = (
        ("Too young: look again when the cool-down is over", found.waiting),
        ("Refused: no exception covers these; replace or update them", found.refused),
        ("Not judged: supply what is missing, or keep them out", found.unknown),
    )
    for title, members in groups:
        if members:
            lines += ["", f"# --- {title}: {len(members)} ---", ""]
            lines += [f"#   {_plain(one.purl)}: {_plain(one.why)}{_way(one)}" for one in sorted(members)]
    return lines


def _by_cause(several: Iterable[Open]) -> list[tuple[str, list[Open]]]:
    """The packages of each cause, the smallest work first; the widest cause stands first."""
    alike: dict[str, list[Open]] = {}
    for one in sorted(several, key=lambda one: (len(one.covers), one)):
        alike.setdefault(one.cause, []).append(one)
    return sorted(alike.items(), key=lambda entry: -len(entry[1]))


def _block(one: Open, owner: str, expires: date) -> list[str]:
    covers = ", ".join(f'"{area.value}"' for area in one.covers)
    return [
        f"# {_plain(one.why)}{_way(one)}",
        "[[exception]]",
        f'subject = "{one.purl}"',
        f"covers = [{covers}]",
        'reason = ""',
        f"owner = {loader.quote(owner)}",
        f"expires = {expires}",
    ]


def _way(one: Open) -> str:
    return f" (needed by {' > '.join(_plain(purl) for purl in one.path[:-1])})" if len(one.path) > 1 else ""


def _plain(words: str) -> str:
    """One printable line: what an index says must not end a comment."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(words.split()))[:300]


def merge_releases(several: Iterable[Open]) -> tuple[Open, ...]:
    """Each release once: two files of one release share its exception."""
    unique: dict[str, Open] = {}
    for one in several:
        before = unique.get(one.purl, one)
        covers = tuple(area for area in Area if area in {*before.covers, *one.covers})
        unique[one.purl] = replace(before, covers=covers)
    return tuple(sorted(unique.values()))


# --- Begin a policy from what is in use: audit the tree under a shipped policy, then write down what it leaves open.


def baseline_from_audit(
    targets: Iterable[str | Path],
    base: str = "baseline",
    *,
    jobs: int = JOBS,
    at: datetime | None = None,
    progress: Observer = quiet,
    **looking: Unpack[CollectOptions],
) -> Adoption:
    """What a tree leaves open under a shipped policy; options and errors as of `audit`."""
    return found_in(audit(list(targets), policy=base, jobs=jobs, at=at, progress=progress, **looking))


def found_in(result: AuditResult) -> Adoption:
    """The packages of an audit by what is to be done about them."""
    groups: dict[str, list[Open]] = {"unreviewed": [], "waiting": [], "refused": [], "unknown": []}
    for one in result.subjects:
        if one.outcome is not Outcome.ADMIT:
            groups[_group(one)].append(_open_package(one))
    grouped = {name: merge_releases(members) for name, members in groups.items()}
    return Adoption(result.name, result.at.date(), result.count(Outcome.ADMIT), **grouped)


def _group(one: SubjectVerdict) -> str:
    if one.outcome is Outcome.REFUSE:
        return "refused"
    if not one.record_digest or not one.undecided:
        return "unknown"
    return "waiting" if {reason.code for reason in one.reasons} == {"cooling-down"} else "unreviewed"


def _open_package(one: SubjectVerdict) -> Open:
    more = f" (+{len(one.reasons) - 1})" if len(one.reasons) > 1 else ""
    why = f"{one.reasons[0].text}{more}" if one.reasons else "no reason given"
    return Open(release_of(one.purl), one.undecided, why, one.path, _cause(one))


def _cause(one: SubjectVerdict) -> str:
    """What keeps it back first, in words that are the same for all packages of one cause."""
    open_ = (cause for cause in one.causes if cause.signal.partition("/")[0] in one.undecided)
    first = next(open_, None)
    if first is None:
        return ""
    area, _, name = first.signal.partition("/")
    return f"{area}: {name.replace('_', ' ')} ({first.reason.replace('-', ' ') or 'speaks against it'})"
