"""The closed vocabulary of policies, limits of their numbers, tables of weights and purposes, trusted builders."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import math
from importlib import resources
from types import MappingProxyType
from typing import Final

from supplytrust.ecosystems import example_purl
from supplytrust.errors import PolicyError, Problem
from supplytrust.formats.toml_fields import Document, Table
from supplytrust.model.claims.code import Ability
from supplytrust.model.claims.review import Scope
from supplytrust.model.policy import (
    PART,
    ROOT,
    BuilderCondition,
    Need,
    PurposeTable,
    TrustedBuilder,
    Weight,
    WeightTable,
)
from supplytrust.model.vocabulary import Area, EdgeKind, Veto

SCHEMA = 1

PURPOSES = ("general", "cryptography", "parser", "service", "build-tool", "tee")
ROLES = ("run-time", "build-time", "workload")
SENSITIVITIES = ("low", "normal", "high", "critical")
DATA_CLASSES = ("public", "internal", "confidential", "restricted")

AREAS = tuple(area.value for area in Area)
KINDS = tuple(kind.value for kind in EdgeKind)
PROFILES = (ROOT, *KINDS, PART)
VETOES = tuple(veto.value for veto in Veto)
ALWAYS = (Veto.MALICIOUS, Veto.TAMPERED, Veto.BAD_SIGNATURE, Veto.REVOKED)

MAX_EXCEPTION_DAYS = 180
MAX_AGE_HOURS = 365 * 24
MAX_COOLDOWN_HOURS = 90 * 24
MAX_REVIEW_HOURS = 730 * 24

POLICY_ID = r"[a-z0-9][a-z0-9._-]{0,63}"
BUILDER_NAME = r"[a-z][a-z0-9-]{0,39}"
ISSUER = r"https://[^\s@]{1,200}"
MAX_BUILDER_WEIGHT = 8.0  # strong; a rebuild and a layout with chosen parties show as much and more
SOURCE_NAME = r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}|(vendors|rebuilders):[^:\n]{1,200}"

# What a profile that a policy leaves out asks for: the root's thresholds in these areas. Leaving a profile
# out must not switch its kind of dependency off; an empty table does, in writing.
INHERITED: MappingProxyType[str, tuple[Area, ...]] = MappingProxyType(
    {
        EdgeKind.LINK.value: tuple(Area),  # linked code runs with the caller's authority
        EdgeKind.BUILD.value: (Area.BUILD, Area.INTEGRITY, Area.PROVENANCE),  # a compiler reaches every byte
        EdgeKind.SERVICE_LOCAL.value: (Area.INTEGRITY, Area.RESPONSIVENESS),
        EdgeKind.SERVICE_REMOTE.value: (Area.INTEGRITY, Area.RESPONSIVENESS),
        EdgeKind.TEST.value: (Area.INTEGRITY,),  # runs on the developer's machine and is not shipped
    }
)
# Kinds of dependency that have an artifact, so that must-haves about artifacts can be met at all.
INHERITS_MUST_HAVES = frozenset({EdgeKind.LINK.value, EdgeKind.BUILD.value, EdgeKind.TEST.value})


# --- Package URLs in policies and configurations: canonical, with or without a version as the place demands.


def purl_problem(text: str, *, versioned: bool) -> Problem | None:
    """What is wrong with a purl, None when nothing is.

    It must be canonical (https://github.com/package-url/purl-spec), because subjects are compared by text;
    have a version if and only if `versioned`; and no qualifier or subpath.
    """
    from packageurl import PackageURL

    try:
        purl = PackageURL.from_string(text)
    except ValueError as error:
        return Problem(text, f"'{text}' is not a purl: {error}", f"as {example_purl('1.2.3' * versioned)}")
    if versioned != bool(purl.version):
        wanted = "needs an exact version" if versioned else "must not have a version"
        return Problem(text, f"'{text}' {wanted}", f"as {example_purl('1.2.3' * versioned)}")
    if purl.qualifiers or purl.subpath:
        return Problem(text, f"'{text}' has qualifiers or a subpath", "name the package only")
    if purl.to_string() != text:
        return Problem(text, f"'{text}' is not canonical", f"write '{purl.to_string()}'")
    return None


# The shipped tables: what each signal's answer is worth, and which questions a purpose makes necessary.
#
# A weight is a likelihood ratio minus one (weak 1, moderate 3, strong 8, very strong 12); `basis` says whether
# it was measured (`corpus`, with its numbers) or is an expert's judgement (`expert`, with the reason). Each belongs
# to an independence group. Both tables are closed: an unknown word is an error.

SIGNAL_ID = rf"({'|'.join(AREAS)})/[a-z][a-z0-9_]*"
MAX_WEIGHT = 50.0
BASES = ("corpus", "expert")
# What is linked runs by itself and a service answers by itself: only what builds is accounted for by what was built.
COVERED = (EdgeKind.BUILD.value,)


@functools.cache
def shipped_weights() -> WeightTable:
    """The table of this package; raises `PolicyError` when it does not fit its schema."""
    return read_weights(weights_bytes(), "weights.toml")


def weights_bytes() -> bytes:
    """The shipped table as bytes (they are part of every policy's digest)."""
    return resources.files(__package__).joinpath("weights.toml").read_bytes()


def read_weights(raw: bytes, name: str) -> WeightTable:
    """A weight table from TOML; all problems at once in `PolicyError`."""
    document = Document(raw, name)
    top = document.root
    top.integer("schema", SCHEMA, low=SCHEMA, high=SCHEMA)
    caps = _caps(top.table("caps", required=True))
    reputation = top.choices("reputation", caps, required=True)
    rows: dict[tuple[str, str], Weight] = {}
    for table in top.tables("weight"):
        row = _row(table, caps)
        if (row.signal, row.grade) in rows:
            table.problem("signal", f"a second row for '{row.signal}' at grade '{row.grade}'", "one row each")
        rows[row.signal, row.grade] = row
    top.close()
    if document.problems:
        raise PolicyError(document.problems)
    digest = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    return WeightTable(MappingProxyType(rows), MappingProxyType(caps), reputation, digest)


def _caps(table: Table) -> dict[str, float]:
    caps = {key: table.number(key, 0.0, above=0.0, below=MAX_WEIGHT) for key in list(table.data)}
    table.close()
    return caps


def _row(table: Table, caps: dict[str, float]) -> Weight:
    signal = table.text("signal", required=True, form=SIGNAL_ID, hint="an id such as 'build/sdist_published'")
    grade = table.text("grade", form=r"[a-z0-9][a-z0-9.-]*", hint="lower-case words joined by '-'")
    group = table.choice("group", caps, "")
    favourable = table.number("favourable", 0.0, above=0.0, below=MAX_WEIGHT, closed=True)
    opposing = table.number("opposing", 0.0, above=0.0, below=MAX_WEIGHT, closed=True)
    half_life = table.number("half_life_days", math.inf, above=0.0, below=36_500.0)
    basis = table.choice("basis", BASES, "")
    numbers = table.text("numbers", required=True, hint="one line: the numbers, or the expert's reason")
    covers = tuple(EdgeKind(kind) for kind in table.choices("covers", COVERED))
    for key in ("group", "favourable", "opposing", "basis"):
        if key not in table:
            table.problem(key, f"'{key}' is missing for '{signal}'")
    table.close()
    return Weight(signal, grade, group, favourable, opposing, half_life, basis, numbers, covers)


# --- The table of purposes: which questions of the area expertise each makes necessary. Closed vocabulary.

FITS = "expertise/evidence_fits_purpose"
_AREA = "expertise/"


@functools.cache
def shipped_purposes() -> PurposeTable:
    """The table of this package; raises `PolicyError` when it does not fit its schema."""
    return read_purposes(purposes_bytes(), "purposes.toml")


def purposes_bytes() -> bytes:
    """The shipped table as bytes (they are part of every policy's digest)."""
    return resources.files(__package__).joinpath("purposes.toml").read_bytes()


def read_purposes(raw: bytes, name: str) -> PurposeTable:
    """A table of purposes from TOML; all problems at once in `PolicyError`.

    Every purpose and every ability has its entry, so that nothing is left out by forgetting it.
    """
    document = Document(raw, name)
    top = document.root
    top.integer("schema", SCHEMA, low=SCHEMA, high=SCHEMA)
    rows = shipped_weights().rows
    asked = sorted({signal for signal, _ in rows if signal.startswith(_AREA) and signal != FITS})
    grades = sorted({grade for _, grade in rows if grade})
    listed = top.table("need", required=True)
    needs = {key: _need(listed.table(key), key, asked, grades) for key in list(listed.data)}
    listed.close()
    purposes = _each(top.table("purpose", required=True), PURPOSES, needs)
    abilities = _each(top.table("ability", required=True), [a.value for a in Ability], needs)
    top.close()
    if document.problems:
        raise PolicyError(document.problems)
    by_ability = {Ability(key): found for key, found in abilities.items()}
    return PurposeTable(MappingProxyType(purposes), MappingProxyType(by_ability))


def _need(table: Table, key: str, asked: list[str], grades: list[str]) -> Need:
    signals = table.choices("any", asked, required=True, hint="one of these signals must support")
    if "any" in table and not signals:
        table.problem("any", f"'{key}' could never be met", "name at least one signal")
    scopes = tuple(Scope(s) for s in table.choices("scopes", [s.value for s in Scope]))
    need = Need(key, signals, scopes, table.choices("except", [*grades, "unused"]))
    table.close()
    return need


def _each(table: Table, words: tuple[str, ...] | list[str], needs: dict[str, Need]) -> dict[str, tuple[Need, ...]]:
    read: dict[str, tuple[Need, ...]] = {}
    for word in words:
        entry = table.table(word, required=True, hint="an empty list asks for nothing, in writing")
        read[word] = tuple(needs[key] for key in entry.choices("all", needs))
        if word in table and "all" not in entry:
            entry.problem("all", f"'all' is missing in {entry.label}", "all = [] asks for nothing")
        entry.close()
    table.close()
    return read


# --- `[builders]` of a policy: whose machines it takes at their word for what they built, how far, and under what
#
#     [builders.our-own]
#     issuer = "https://oidc.example.org"
#     identity = "https://ci.example.org/wheel-builder"
#     weight = 8
#     takes = ["verified-provenance", "isolated", "commit-is-tag", "sdist-is-tree"]
#
# Each becomes a row of the policy's weight table: the signal that finds a trusted builder answers with its name as the
# grade. It shares the group of all attestations, because it is the same word once more.

SIGNAL: Final = "build/built_by_trusted_builder"
GROUP: Final = "attestation"
CONDITIONS: Final = tuple(condition.value for condition in BuilderCondition)
WHOSE: Final = frozenset({BuilderCondition.EXPECTED_PUBLISHER, BuilderCondition.OWN_REPOSITORY})


def read_builders(table: Table) -> tuple[TrustedBuilder, ...]:
    """The builders of a policy, the weightiest first; what is wrong is noted at its line."""
    named = {}
    for name in list(table.data):
        if table.as_text(name, name, form=BUILDER_NAME, hint="lower-case letters, digits and '-'"):
            named[name] = _builder(table.table(name), name)
        else:
            table.value(name)
    table.close()
    return tuple(sorted((b for b in named.values() if b), key=lambda b: (-b.weight, b.name)))


def _builder(table: Table, name: str) -> TrustedBuilder | None:
    issuer = table.text("issuer", required=True, form=ISSUER, hint="who vouches for its identity, an https address")
    identity, runner = table.text("identity"), table.text("runner")
    hint = f"what its word is worth, above 0 and at most {MAX_BUILDER_WEIGHT:g}"
    weight = table.number("weight", 0.0, above=0.0, below=MAX_BUILDER_WEIGHT, closed=True, hint=hint)
    takes = tuple(BuilderCondition(word) for word in table.choices("takes", CONDITIONS, required=True))
    if not weight:
        table.problem("weight", f"'weight' of builder '{name}' must be given, and above 0", hint)
    if "takes" in table and BuilderCondition.VERIFIED_PROVENANCE not in takes:
        text = f"'takes' of builder '{name}' leaves out verified-provenance"
        table.problem("takes", text, "a name that no signature bears is anybody's")
    if not (identity or runner):
        table.problem("issuer", f"builder '{name}' is anything of this issuer", "name its identity or its runner")
    if "takes" in table and not identity and not WHOSE.intersection(takes):
        text = f"anybody's run on '{name}' would be trusted"
        table.problem("takes", text, "take expected-publisher or own-repository, or name its identity")
    table.close()
    return TrustedBuilder(name, issuer, weight, takes, identity, runner) if issuer and weight and takes else None


def with_builders(table: WeightTable, builders: tuple[TrustedBuilder, ...]) -> WeightTable:
    """The table with a row for each builder."""
    rows = {
        (SIGNAL, b.name): Weight(
            SIGNAL, b.name, GROUP, b.weight, 0.0, float("inf"), "policy", "what this policy says its word is worth"
        )
        for b in builders
    }
    return dataclasses.replace(table, rows=MappingProxyType({**table.rows, **rows})) if rows else table
