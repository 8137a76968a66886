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

from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.policy import Context
from supplytrust.model.record import (
    TOOL_NAME,
    AreaVerdict,
    AreaVerdicts,
    CountedWeight,
    DependencyVerdict,
    EvidenceRef,
    Gain,
    Missing,
    OpenQuestion,
    PolicyRef,
    Reason,
    RequiredAssurance,
    Tool,
    Trustee,
    Trustor,
    TrustRecord,
    WeighedFinding,
)
from supplytrust.model.subject import Artifact, ArtifactKind, Subject
from supplytrust.model.vocabulary import Area, EdgeKind, Outcome, Status

DAY = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WHEEL = Artifact("demo-1.2.3-py3-none-any.whl", "a1" * 32, ArtifactKind.WHEEL, 1000, "")
SDIST = Artifact("demo-1.2.3.tar.gz", "b2" * 32, ArtifactKind.SDIST, 2000, "")
DEMO = Subject("pkg:pypi/demo@1.2.3", "pypi", "demo", "1.2.3", WHEEL, (SDIST,))


def record(outcome: Outcome = Outcome.ADMIT, **changes: object) -> TrustRecord:
    """A record of demo 1.2.3 under a policy called baseline; any field can be given otherwise.

    Besides the fields: `subject` for the trustee, a text as `trustor`, `policy_id` and `policy_digest`.
    """
    made = TrustRecord(
        trustor=Trustor("example.org", Tool(TOOL_NAME, "0.1.0")),
        trustee=Trustee.of(DEMO),
        context=Context(),
        assessed_at=DAY,
        not_before=DAY,
        expires=DAY + timedelta(days=30),
        review_by=DAY + timedelta(days=30),
        policy=PolicyRef("baseline", 1, "sha256:" + "c3" * 32),
        outcome=outcome,
        reasons=(Reason("areas", "every required area is admitted", ("pkg:pypi/demo@1.2.3",)),),
        would_change=(
            Missing(area=Area.BUILD, missing=1.5, evidence=(Gain("build/rebuilds_identically", 9.0),), until=DAY),
        ),
        areas=AreaVerdicts({area: _verdict(area, outcome) for area in Area}),
        must_haves=(RequiredAssurance("integrity/digest_matches_index", "present"),),
        dependencies=(
            DependencyVerdict("pkg:pypi/dep@2", "sha256:" + "d4" * 32, EdgeKind.LINK, "declared", "demo", outcome),
        ),
        evidence=(EvidenceRef("0123456789abcdef", "index", DAY, "sha256:" + "e5" * 32, "read the file list"),),
        not_observed=(OpenQuestion("build/rebuilds_identically", "not-looked: no source was asked"),),
    )
    if "subject" in changes:
        changes["trustee"] = Trustee.of(changes.pop("subject"))
    if isinstance(changes.get("trustor"), str):
        changes["trustor"] = Trustor(changes["trustor"], made.trustor.tool)
    policy = {key: changes.pop(f"policy_{key}") for key in ("id", "digest") if f"policy_{key}" in changes}
    return dataclasses.replace(made, **{"policy": dataclasses.replace(made.policy, **policy), **changes})


def _verdict(area: Area, outcome: Outcome) -> AreaVerdict:
    seen = WeighedFinding(
        signal=f"{area.value}/seen",
        status=Status.SUPPORTS,
        because="it was seen",
        group="files",
        weight=CountedWeight(6.0, 0.0, "expert"),
        at=DAY,
        evidence=("0123456789abcdef",),
        sources=("index",),
    )
    not_seen = WeighedFinding(
        signal=f"{area.value}/not_seen",
        status=Status.NOT_OBSERVED,
        because="offline",
        weight=CountedWeight(0.0, 0.0, ""),
        reason=NotObservedReason.OFFLINE,
    )
    findings = (seen, not_seen)
    return AreaVerdict(outcome, required=True, threshold=0.7, favourable=6.0, opposing=0.0, belief=0.75,
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
    if hint is AreaVerdicts:
        return st.fixed_dictionaries({area: any_of(AreaVerdict) for area in Area}).map(AreaVerdicts)
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
    """Any record that is consistent with itself, as `statement.check_record` asks."""
    return any_of(TrustRecord).map(_consistent)


def _consistent(made: TrustRecord) -> TrustRecord:
    trustor = Trustor(made.trustor.id, Tool(TOOL_NAME, made.trustor.tool.version))
    files = [dataclasses.replace(f, judged=f.judged and n == 0) for n, f in enumerate(made.trustee.artifacts)]
    trustee = dataclasses.replace(made.trustee, artifacts=tuple(files))
    return dataclasses.replace(made, trustor=trustor, trustee=trustee, crit=tuple(sorted(made.ext)[:1]))
