"""Trust records for tests: one plain record in a few words, and any record at all by its type hints."""

from __future__ import annotations

import dataclasses
import enum
import types
from collections import abc
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from supplytrust.model.context import Context
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.finding import Finding
from supplytrust.model.record import (
    AreaVerdict,
    DependencyVerdict,
    EvidenceRef,
    Missing,
    Reason,
    TrustRecord,
    WeighedFinding,
)
from supplytrust.model.subject import Artifact, ArtifactKind, Subject
from supplytrust.model.vocabulary import Area, EdgeKind, Outcome, Status

DAY = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WHEEL = Artifact("demo-1.2.3-py3-none-any.whl", "a1" * 32, ArtifactKind.WHEEL, 1000, "")
SDIST = Artifact("demo-1.2.3.tar.gz", "b2" * 32, ArtifactKind.SDIST, 2000, "")


def record(outcome: Outcome = Outcome.ADMIT, **changes: object) -> TrustRecord:
    """A record of demo 1.2.3 under a policy called baseline; any field can be given otherwise."""
    made = TrustRecord(
        trustor="example.org",
        tool_version="0.1.0",
        subject=Subject("pkg:pypi/demo@1.2.3", "pypi", "demo", "1.2.3", WHEEL, (SDIST,)),
        context=Context(),
        assessed_at=DAY,
        not_before=DAY,
        expires=DAY + timedelta(days=30),
        review_by=DAY + timedelta(days=30),
        policy_id="baseline",
        policy_epoch=1,
        policy_digest="sha256:" + "c3" * 32,
        outcome=outcome,
        reasons=(Reason("areas", "every required area is admitted", ("pkg:pypi/demo@1.2.3",)),),
        would_change=(Missing(Area.BUILD, 1.5, (("build/rebuilds_identically", 9.0),), until=DAY),),
        areas=MappingProxyType({area: _verdict(area, outcome) for area in Area}),
        must_haves=(("integrity/digest_matches_index", "present"),),
        dependencies=(
            DependencyVerdict("pkg:pypi/dep@2", "sha256:" + "d4" * 32, EdgeKind.LINK, "declared", "demo", outcome),
        ),
        evidence=(EvidenceRef("0123456789abcdef", "index", DAY, "sha256:" + "e5" * 32, "read the file list"),),
        not_observed=(("build/rebuilds_identically", "not-looked: no source was asked"),),
    )
    return dataclasses.replace(made, **changes)


def _verdict(area: Area, outcome: Outcome) -> AreaVerdict:
    seen = Finding(f"{area.value}/seen", Status.SUPPORTS, "it was seen", DAY, "", ("0123456789abcdef",), ("index",))
    not_seen = Finding(f"{area.value}/not_seen", Status.NOT_OBSERVED, "offline", reason=NotObservedReason.OFFLINE)
    findings = (WeighedFinding(seen, "files", 6.0, 0.0, "expert"), WeighedFinding(not_seen, "", 0.0, 0.0, ""))
    return AreaVerdict(area, outcome, required=True, threshold=0.7, favourable=6.0, opposing=0.0, belief=0.75,
                       disbelief=0.0, uncertainty=0.25, coverage=0.5, findings=findings)  # fmt: skip


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0xFFFF), max_size=6)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
SIMPLE = {
    str: TEXT,
    bool: st.booleans(),
    int: st.integers(-(2**53) + 1, 2**53 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    datetime: st.datetimes(timezones=st.just(UTC)),
    object: PLAIN,
}


def any_of(hint: object) -> st.SearchStrategy:
    """Any value of a type hint of the model."""
    if hint in SIMPLE:
        return SIMPLE[hint]
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return st.sampled_from(list(hint))
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        hints = get_type_hints(hint)
        return st.builds(hint, **{f.name: any_of(hints[f.name]) for f in dataclasses.fields(hint)})
    return _any_container(get_origin(hint), get_args(hint))


def _any_container(origin: object, arguments: tuple[object, ...]) -> st.SearchStrategy:
    if origin in (Union, types.UnionType):
        return st.one_of(*(st.none() if a is types.NoneType else any_of(a) for a in arguments))
    if origin is tuple and ... in arguments:
        return st.lists(any_of(arguments[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(any_of, arguments))
    assert origin is abc.Mapping, origin
    keys = NAMES if arguments[0] is str else any_of(arguments[0])
    return st.dictionaries(keys, any_of(arguments[1]), max_size=3).map(MappingProxyType)


def any_records() -> st.SearchStrategy[TrustRecord]:
    """Any record that is consistent with itself: areas under their own name, critical names under `ext`."""
    return any_of(TrustRecord).map(_consistent)


def _consistent(made: TrustRecord) -> TrustRecord:
    areas = {area: dataclasses.replace(verdict, area=area) for area, verdict in made.areas.items()}
    return dataclasses.replace(made, areas=MappingProxyType(areas), crit=tuple(sorted(made.ext)[:1]))
