"""The table of purposes: which questions of the area expertise each makes necessary. Closed vocabulary."""

from __future__ import annotations

import functools
from importlib import resources
from types import MappingProxyType

from supplytrust.appraisal.policies import weights
from supplytrust.appraisal.policies.schema import PURPOSES, SCHEMA
from supplytrust.errors import PolicyError
from supplytrust.formats.toml_fields import Document, Table
from supplytrust.model.claims.code import Ability
from supplytrust.model.claims.review import Scope
from supplytrust.model.purpose import Need, PurposeTable

FITS = "expertise/evidence_fits_purpose"
_AREA = "expertise/"


@functools.cache
def shipped_purposes() -> PurposeTable:
    """The table of this package; raises `PolicyError` when it does not fit its schema."""
    return read_purposes(shipped_purposes(), "purposes.toml")


def shipped_purposes() -> bytes:
    """The shipped table as bytes (they are part of every policy's digest)."""
    return resources.files(__package__).joinpath("purposes.toml").read_bytes()


def read_purposes(raw: bytes, name: str) -> PurposeTable:
    """A table of purposes from TOML; all problems at once in `PolicyError`.

    Every purpose and every ability has its entry, so that nothing is left out by forgetting it.
    """
    document = Document(raw, name)
    top = document.root
    top.integer("schema", SCHEMA, low=SCHEMA, high=SCHEMA)
    rows = weights.shipped_weights().rows
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
