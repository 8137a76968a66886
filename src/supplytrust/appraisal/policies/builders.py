"""`[builders]` of a policy: whose machines it takes at their word for what they built, how far, and under what.

    [builders.our-own]
    issuer = "https://oidc.example.org"
    identity = "https://ci.example.org/wheel-builder"
    weight = 8
    takes = ["verified-provenance", "isolated", "commit-is-tag", "sdist-is-tree"]

Each becomes a row of the policy's weight table: the signal that finds a trusted builder answers with its name as the
grade. It shares the group of all attestations, because it is the same word once more.
"""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import Final

from supplytrust.appraisal.policies.tables import BUILDER_NAME, ISSUER, MAX_BUILDER_WEIGHT
from supplytrust.formats.toml_fields import Table
from supplytrust.model.policy import BuilderCondition, TrustedBuilder, Weight, WeightTable

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
