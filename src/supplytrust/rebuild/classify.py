"""What one built file says about the published one. Pure: bytes in, a level and its grounds out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from supplytrust.ecosystems.rebuild_backend import RebuildBackend
from supplytrust.errors import SourceError
from supplytrust.model.claims.rebuild import RebuildLevel
from supplytrust.rebuild import compare, container, native_members, text_diff


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

    @property
    def is_wheel(self) -> bool:
        """Whether the name is a wheel's; else it is an sdist."""
        return self.file_name.endswith(".whl")


@dataclass(frozen=True, slots=True)
class Judgement:
    """A level with its grounds."""

    level: RebuildLevel
    reason: str = ""
    comparison: compare.Comparison = field(default_factory=lambda: compare.Comparison(RebuildLevel.NOT_REBUILT))
    container: tuple[str, ...] = ()
    replayed: bool | None = None


def is_native(published: PublishedFile, members: Mapping[str, bytes]) -> bool:
    """Whether the wheel holds compiled code, or says so by its platform tag."""
    tagged = not published.file_name.endswith("-any.whl")
    return published.is_wheel and (tagged or any(compare.is_native(path) for path in members))


def _strangers(published: PublishedFile, members: Mapping[str, bytes], rebuilt: Mapping[str, bytes]) -> bool:
    """Compiled members of a wheel that claims to be pure, of which the build made none:

    they count as code.
    """
    known = {native_members.library_key(path) for path in rebuilt if compare.is_native(path)}
    found = (path for path in members if compare.is_native(path) and native_members.library_key(path) not in known)
    return published.file_name.endswith("-any.whl") and any(found)


def judge(
    published: PublishedFile, members: Mapping[str, bytes], name: str, data: bytes, own: RebuildBackend
) -> Judgement:
    """Compare the built file `name` with the published one, whose audited members are given."""
    if data == published.data and name == published.file_name:
        return Judgement(RebuildLevel.BIT_FOR_BIT, "", compare.Comparison(RebuildLevel.BIT_FOR_BIT))
    try:
        rebuilt, problems = own.members_of(data, name)
    except SourceError as error:
        return Judgement(RebuildLevel.NOT_REBUILT, f"output-refused: {str(error)[:160]}")
    if problems:
        return Judgement(RebuildLevel.NOT_REBUILT, f"output-refused: {problems[0][:160]}")
    if not published.is_wheel:
        found = compare.sdists(members, rebuilt, own.is_backend_file)
        return Judgement(found.level, "", found)
    if is_native(published, members) and not _strangers(published, members, rebuilt):
        return _native(members, rebuilt)
    found = _explain_differences(compare.wheels(members, rebuilt, own.lists_members), members, rebuilt)
    if found.level is not RebuildLevel.CONTAINER_ONLY:
        return Judgement(found.level, "", found)
    around = container.differences(published.data, data, (published.file_name, name))
    return Judgement(found.level, "", found, around, container.replays(published.data, rebuilt))


def _native(members: Mapping[str, bytes], rebuilt: Mapping[str, bytes]) -> Judgement:
    """Everything but the compiled members compares as ever; of those only the interface is looked at."""
    ours, theirs = native_members.payload(members), native_members.payload(rebuilt)
    found = _explain_differences(compare.wheels(ours, theirs), ours, theirs)
    if found.level.differs:
        return Judgement(found.level, "", found)
    lost = tuple(sorted(path for path in members if path not in ours))
    level = RebuildLevel.NATIVE_UNVERIFIED
    return Judgement(level, native_members.statement(members, rebuilt), replace(found, level=level, unreproduced=lost))


def _explain_differences(
    found: compare.Comparison, published: Mapping[str, bytes], rebuilt: Mapping[str, bytes]
) -> compare.Comparison:
    return replace(found, differences=text_diff.explain(found.differences, published, rebuilt))
