"""What one built file says about the published one. Pure: bytes in, a level and its grounds out.

Levels are those of `model.claims.rebuild.RebuildLevel`. What of two files is the same in other words is for the rules
of their ecosystem to say (`FileRules`).
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Final

from supplytrust.ecosystems.rebuild_backend import TEXT_PROBE, FileRules, Members, RebuildBackend, is_library
from supplytrust.errors import SourceError
from supplytrust.model.claims.rebuild import Difference, NativeMember, RebuildLevel
from supplytrust.rebuild import native_members

_WEIGHTS: Final = (RebuildLevel.CODE_DIFFERS, RebuildLevel.DATA_DIFFERS, RebuildLevel.METADATA_DIFFERS)
SHOWN: Final = 20  # differing files that are kept in a result
EXPLAINED: Final = 3  # of these, how many are shown line by line
LINES: Final = 24
WIDTH: Final = 160
TEXT_LIMIT: Final = 200_000


@dataclass(frozen=True, slots=True)
class Comparison:
    """The outcome of comparing members. `unreproduced`: published paths that did not come back."""

    level: RebuildLevel
    normalizers: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    unreproduced: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """The file to be rebuilt, its sha256 as the index names it ('' = nothing) and its upload time there."""

    file_name: str
    data: bytes
    sha256: str = ""
    uploaded_at: datetime | None = None

    @property
    def digest(self) -> str:
        """The sha256 of the bytes at hand."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Judgement:
    """A level with its grounds."""

    level: RebuildLevel
    reason: str = ""
    comparison: Comparison = field(default_factory=lambda: Comparison(RebuildLevel.NOT_REBUILT))
    container: tuple[str, ...] = ()
    replayed: bool | None = None
    native: tuple[NativeMember, ...] | None = None


def judge(published: PublishedFile, members: Members, name: str, data: bytes, own: RebuildBackend) -> Judgement:
    """Compare the built file `name` with the published one, whose audited members are given."""
    if data == published.data and name == published.file_name:
        return Judgement(RebuildLevel.BIT_FOR_BIT, "", Comparison(RebuildLevel.BIT_FOR_BIT))
    try:
        rebuilt, problems = own.members_of(data, name)
    except SourceError as error:
        return Judgement(RebuildLevel.NOT_REBUILT, f"output-refused: {str(error)[:160]}")
    if problems:
        return Judgement(RebuildLevel.NOT_REBUILT, f"output-refused: {problems[0][:160]}")
    rules = own.rules_for(published.file_name)
    if rules.is_native(members) and not _has_strangers(rules, members, rebuilt):
        return _judge_native(rules, members, rebuilt)
    found = compare_members(members, rebuilt, rules)
    if rules.BUILT:
        found = _explain_differences(found, members, rebuilt)
    if found.level is not RebuildLevel.CONTAINER_ONLY:
        return Judgement(found.level, "", found)
    around, replayed = rules.compare_container((published.file_name, published.data), (name, data), rebuilt)
    return Judgement(found.level, "", found, around, replayed)


def _has_strangers(rules: FileRules, members: Members, rebuilt: Members) -> bool:
    """Whether a file that says to be pure has compiled members of which the build made none: they count as code."""
    known = {native_members.library_key(path) for path in rebuilt if is_library(path)}
    return rules.PURE and any(is_library(path) and native_members.library_key(path) not in known for path in members)


def _judge_native(rules: FileRules, members: Members, rebuilt: Members) -> Judgement:
    """Everything but the compiled members compares as ever; of those, what no compiler chooses.

    Only when all that is loaded of each came out again is the file reproduced.
    """
    ours, theirs = rules.without_compiled(members, rebuilt), rules.without_compiled(rebuilt, members)
    found = _explain_differences(compare_members(ours, theirs, rules, whole=False), ours, theirs)
    compiled = native_members.compare_members(members, rebuilt)
    listing = rules.find_bad_list(members) or rules.find_bad_list(rebuilt)
    if listing and not found.level.differs:
        wrong = Difference(listing, "differs", "does not list the members with their digests")
        found = replace(found, level=rules.level_of(listing), differences=(wrong,))
    unlike = [m.path for m in compiled if m.path in members and m.level not in native_members.REPRODUCED]
    found = replace(found, unreproduced=tuple(sorted({*found.unreproduced, *unlike})))
    if found.level.differs:
        return Judgement(found.level, "", found, native=compiled)
    if not native_members.is_reproduced(compiled):
        level = RebuildLevel.NATIVE_UNVERIFIED
        return Judgement(level, native_members.statement(compiled), replace(found, level=level), native=compiled)
    evened = {*found.normalizers, *(f"native-{m.level.value}" for m in compiled), "platform-tag"}
    level = RebuildLevel.NORMALIZED
    return Judgement(level, "", replace(found, level=level, normalizers=tuple(sorted(evened))), native=compiled)


def compare_members(published: Members, rebuilt: Members, rules: FileRules, *, whole: bool = True) -> Comparison:
    """Compare two files by their members; container and file bytes are the caller's business.

    `whole` False: the members are a part of a file, which no list can be of.
    """
    if dict(published) == dict(rebuilt):
        return Comparison(RebuildLevel.CONTAINER_ONLY)
    fired: set[str] = set()
    found: list[Difference] = []
    for path in sorted(set(published) | set(rebuilt)):
        one, other = published.get(path), rebuilt.get(path)
        if one == other:
            continue
        if rule := rules.even(path, one, other):
            fired.add(rule)
        else:
            found.append(Difference(path, _how(one, other)))
    if whole and not found and (listing := rules.find_bad_list(published) or rules.find_bad_list(rebuilt)):
        found.append(Difference(listing, "differs", "does not list the members with their digests"))
    normalizers = tuple(sorted(fired))
    if not found:
        return Comparison(RebuildLevel.NORMALIZED, normalizers)
    ranked = sorted(found, key=lambda d: (_WEIGHTS.index(rules.level_of(d.path)), d.path))
    lost = tuple(sorted(d.path for d in found if d.path in published))
    return Comparison(rules.level_of(ranked[0].path), normalizers, tuple(ranked), lost)


def _how(one: bytes | None, other: bytes | None) -> str:
    if one is None:
        return "added"
    return "missing" if other is None else "differs"


# --- a miss in words: the first lines in which two text members differ, or their sizes


def _explain_differences(found: Comparison, published: Members, rebuilt: Members) -> Comparison:
    return replace(found, differences=explain(found.differences, published, rebuilt))


def explain(
    found: tuple[Difference, ...], published: Mapping[str, bytes], rebuilt: Mapping[str, bytes]
) -> tuple[Difference, ...]:
    """The first differences, the very first of them with their lines."""
    shown = found[:SHOWN]
    return tuple(
        replace(d, text=d.text or _text(published.get(d.path), rebuilt.get(d.path))) if n < EXPLAINED else d
        for n, d in enumerate(shown)
    )


def _text(one: bytes | None, other: bytes | None) -> str:
    if one is None or other is None:
        return f"{len(one if one is not None else other or b'')} bytes"
    if b"\0" in (one + other)[:TEXT_PROBE] or max(len(one), len(other)) > TEXT_LIMIT:
        return f"{len(one)} bytes published, {len(other)} bytes rebuilt"
    left, right = (side.decode("utf-8", "backslashreplace").splitlines() for side in (one, other))
    lines = difflib.unified_diff(left, right, "published", "rebuilt", lineterm="", n=1)
    return "\n".join(line[:WIDTH] for line in islice(lines, LINES))
