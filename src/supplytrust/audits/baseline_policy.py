"""A policy that begins with a tree as it is: what is required, and every package that does not meet it yet, by name.

Nothing that is open is taken over in silence: each doubt is written out as an exception that is switched off and
lacks reason and owner. Switched on as it stands, the loader refuses the file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from supplytrust.appraisal.policies import loader
from supplytrust.model.vocabulary import Area

DAYS = 90  # of the 180 that an exception may have: the first look back comes soon


@dataclass(frozen=True, slots=True, order=True)
class Open:
    """A package that is not admitted: its exact version (purl), the undecided areas, why, and the way to it."""

    purl: str
    covers: tuple[Area, ...]
    why: str
    path: tuple[str, ...] = ()


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

    def __str__(self) -> str:
        """One line with the numbers."""
        told = [(self.admitted, "admitted as they are"), (len(self.unreviewed), "not reviewed yet")]
        told += [(len(self.waiting), "too young"), (len(self.refused), "refused"), (len(self.unknown), "not judged")]
        number = sum(count for count, _ in told)
        return f"{number} packages: {', '.join(f'{count} {word}' for count, word in told if count)}"


def text(base: str, found: Adoption, *, policy_id: str = "", owner: str = "owner@example.org") -> str:
    """The policy's text: a note on top, a copy of the shipped policy `base`, and what is open. PolicyError."""
    copied = loader.template(base, policy_id=policy_id, owner=owner, written=found.day)
    return "".join(f"{line}\n" for line in (*_note(base, found), copied.rstrip("\n"), *_open(found)))


def _note(base: str, found: Adoption) -> list[str]:
    return [
        f"# What we require of packages; begun on {found.day} with {_plain(found.name)} and the policy '{base}'.",
        "#",
        f"#   {found}.",
        "#",
        "# First comes what is required, a copy to be edited. At the end stands, by name, what does not meet it",
        "# today; none of that is in force. To take over a doubt for a while, remove the '# ' of its block and say",
        "# why (reason) and who answers for it (owner). A block without them is refused, and each ends by itself.",
        "",
    ]


def _open(found: Adoption) -> list[str]:
    expires = found.day + timedelta(days=DAYS)
    lines = []
    if found.unreviewed:
        lines += ["", f"# --- Not reviewed yet: {len(found.unreviewed)} ---"]
    for one in sorted(found.unreviewed, key=lambda one: (len(one.covers), one)):
        lines += ["", *(f"# {line}" for line in _block(one, expires))]
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


def _block(one: Open, expires: date) -> list[str]:
    covers = ", ".join(f'"{area.value}"' for area in one.covers)
    return [
        f"# {_plain(one.why)}{_way(one)}",
        "[[exception]]",
        f'subject = "{one.purl}"',
        f"covers = [{covers}]",
        'reason = ""',
        'owner = ""',
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
        unique[one.purl] = Open(one.purl, covers, before.why, before.path)
    return tuple(sorted(unique.values()))
