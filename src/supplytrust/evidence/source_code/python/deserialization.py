"""Formats that can name code or reach out, and whose data is read. CWE-502, CWE-611, CWE-95."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from supplytrust.evidence.source_code.python_module import Place
from supplytrust.evidence.source_code.rules import FIT, FOREIGN, Hit
from supplytrust.model.claims.code import Family

FAMILY = Family.DESERIALIZATION
_PICKLES = re.compile(r"^(c?[pP]ickle|_pickle|six\.moves\.cPickle|dill|cloudpickle|marshal)\.loads?$")
_OTHERS = frozenset(
    {
        "pickle.Unpickler().load", "shelve.open", "jsonpickle.decode", "jsonpickle.loads", "joblib.load",
        "pandas.read_pickle", "yaml.unsafe_load", "yaml.unsafe_load_all",
    }
)  # fmt: skip
_YAML = frozenset({"yaml.load", "yaml.load_all"})
_BOUNDED = re.compile(r"Safe|Base|Strict")
_GUARDED = frozenset({"yaml.safe_load", "yaml.safe_load_all", "yaml.full_load", "ast.literal_eval"})
_FEATURES = ("feature_external_ges", "feature_external_pes")
CALLS = frozenset(
    {
        "load", "loads", "load_all", "open", "decode", "read_pickle", "unsafe_load", "unsafe_load_all", "safe_load",
        "safe_load_all", "full_load", "literal_eval", "eval", "exec", "XMLParser", "setFeature", "fromstring", "parse",
    }
)  # fmt: skip


def call(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
    """All rules at one call."""
    if name in _GUARDED or name.startswith("defusedxml."):
        yield FIT
    elif _PICKLES.match(name) or name in _OTHERS:
        yield from _open(place, call, name)
    elif name in _YAML:
        yield from _yaml(place, call, name)
    elif name in ("torch.load", "numpy.load"):
        yield from _arrays(place, call, name)
    elif name in ("eval", "exec") and _foreign(place, call):
        yield Hit("code-in-data", "high", f"{name} of what a peer sent in {place.where}")
    else:
        yield from _xml(place, call, name)


def _xml(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
    if name.startswith("lxml.") and name.endswith(".XMLParser"):
        resolves = place.argument_value(call, "resolve_entities") is True
        yield Hit("xml-entities", "high", f"entities are resolved in {place.where}") if resolves else FIT
    elif name.endswith(".setFeature") and len(call.args) == 2:
        yield from _feature(place, call)


def _open(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
    if _own(place, call):
        return
    severity = "high" if _foreign(place, call) else "low"
    yield Hit("code-in-data", severity, f"{name} in {place.where}")


def _yaml(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
    loader = place.argument(call, "Loader", 1)
    if loader is None:
        yield Hit(
            "code-in-data", "high" if _foreign(place, call) else "low", f"{name} without a loader in {place.where}"
        )
        return
    chosen = place.name(loader).rpartition(".")[2]
    known = [chosen, *place.module.bases.get(chosen, [])]
    if any(_BOUNDED.search(part) for part in known):
        yield FIT
    elif chosen in ("Loader", "UnsafeLoader", "CLoader", "FullLoader", "CUnsafeLoader", "CFullLoader"):
        yield from _open(place, call, f"{name} with {chosen}")
    else:
        yield Hit("code-in-data", "info", f"{name} with {chosen or 'a loader of the caller'} in {place.where}")


def _arrays(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
    keyword, bad = ("weights_only", False) if name == "torch.load" else ("allow_pickle", True)
    if place.argument_value(call, keyword) is bad:
        severity = "high" if _foreign(place, call) else "low"
        yield Hit("code-in-data", severity, f"{name} with {keyword}={bad} in {place.where}")
    elif place.argument(call, keyword) is None and name == "torch.load":
        yield Hit("code-in-data", "info", f"{name} in {place.where}: what it accepts depends on its version")
    else:
        yield FIT


def _feature(place: Place, call: ast.Call) -> Iterator[Hit]:
    if place.name(call.args[0]).endswith(_FEATURES):
        on = place.constant(call.args[1]) in (True, 1)
        yield Hit("xml-entities", "high", f"external entities switched on in {place.where}") if on else FIT


def _foreign(place: Place, call: ast.Call) -> bool:
    return any(FOREIGN.search(origin) for value in call.args[:1] for origin in place.origins(value))


def _own(place: Place, call: ast.Call) -> bool:
    """Data that was written a moment before: a copy."""
    made = {origin for value in call.args[:1] for origin in place.origins(value)}
    return any(o.rstrip("()").endswith(".dumps") for o in made)
