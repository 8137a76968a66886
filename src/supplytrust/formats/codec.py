"""Frozen dataclasses to JSON values and back, by their type hints, strictly both ways.

A field of the wrong type, a missing or an unknown one is a MalformedRecordError that names the path
(`nodes[0].observations[3].claim.members[17].size`). Nothing is guessed, converted or filled in, so
reading what was written gives an equal value, and no two texts mean the same value.

str, bool, int (within 2^53 - 1), None and nested dataclasses are themselves; float is a decimal string,
datetime RFC 3339 in UTC, a StrEnum its value, an IntEnum its name, tuple an array, Mapping an object,
`object` any JSON without floats. A field typed `Claim` holds `{"kind": <class name>, "value": {...}}`, with
the class looked up among the modules of `model.claims` and nowhere else.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import importlib
import pkgutil
import types
from collections import abc as cabc
from datetime import datetime
from typing import TypeGuard, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from supplytrust.errors import MalformedRecordError
from supplytrust.formats import codec_containers, codec_scalars
from supplytrust.formats.codec_containers import Codec
from supplytrust.formats.codec_scalars import CodecError, show_value
from supplytrust.formats.json_reader import Json
from supplytrust.model import claims
from supplytrust.model.claims.claim import Claim

T = TypeVar("T")
Hint = object  # a type hint: a class, or one of the special forms of `typing`
Bound = cabc.Mapping[Hint, Hint]  # type variables of a generic dataclass -> what they stand for


_SCALARS: cabc.Mapping[Hint, Codec] = {
    str: Codec(codec_scalars.text, codec_scalars.text),
    int: Codec(codec_scalars.integer, codec_scalars.integer),
    bool: Codec(codec_scalars.boolean, codec_scalars.boolean),
    float: Codec(codec_scalars.decimal_text, codec_scalars.decimal),
    datetime: Codec(codec_scalars.instant_text, codec_scalars.instant),
    object: Codec(codec_scalars.plain, codec_scalars.frozen),
}


def encode(value: object, kind: Hint = None, *, camel: bool = False) -> Json:
    """The JSON value of a dataclass, or of anything whose type hint is given as `kind`."""
    try:
        return codec(type(value) if kind is None else kind, camel=camel).write(value)
    except CodecError as misfit:
        raise _malformed_error(misfit) from None


def decode(kind: type[T], value: Json, *, camel: bool = False) -> T:
    """The dataclass (or other hinted value) that `encode` wrote. Raises MalformedRecordError."""
    try:
        return cast("T", codec(kind, camel=camel).read(value))
    except CodecError as misfit:
        raise _malformed_error(misfit) from None


@functools.cache
def claim_kinds() -> cabc.Mapping[str, type[Claim]]:
    """Every kind of claim by class name. Closed world: only modules of `model.claims`."""
    found: dict[str, type[Claim]] = {}
    for entry in pkgutil.iter_modules(claims.__path__):
        module = importlib.import_module(f"{claims.__name__}.{entry.name}")
        for kind in vars(module).values():
            if _is_claim(kind) and kind.__module__ == module.__name__:
                if kind.__name__ in found:
                    raise TypeError(f"two kinds of claim are called {kind.__name__}")
                found[kind.__name__] = kind
    return types.MappingProxyType(found)


def _is_claim(kind: object) -> TypeGuard[type[Claim]]:
    return isinstance(kind, type) and issubclass(kind, Claim) and kind is not Claim


def json_name(field: str, *, camel: bool) -> str:
    """A field's name in JSON: as it is in evidence, camelCase in statements (as in-toto has it)."""
    first, *rest = field.split("_")
    return first + "".join(part.capitalize() for part in rest) if camel else field


def codec(kind: Hint, *, camel: bool = False) -> Codec:
    """The codec of a type hint; TypeError for a hint outside the vocabulary (a defect of the model)."""
    return _compile_once(kind, camel=camel)


@functools.cache
def _compile_once(kind: cabc.Hashable, *, camel: bool) -> Codec:
    return _compile(kind, {}, camel=camel)


def _compile(kind: Hint, bound: Bound, *, camel: bool) -> Codec:
    kind = bound.get(kind, kind)
    if kind in _SCALARS:
        return _SCALARS[kind]
    if kind is Claim:
        return Codec(_write_claim, _read_claim)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return codec_containers.word(kind)
    plain = get_origin(kind) or kind
    if isinstance(plain, type) and dataclasses.is_dataclass(plain):
        return _record(plain, get_args(kind), camel=camel)
    if isinstance(plain, type) and (form := mapping_form(plain)) is not None:
        return codec_containers.mapping(*(_compile(a, bound, camel=camel) for a in get_args(form)), kind=plain)
    return _container(plain, get_args(kind), bound, camel=camel)


def mapping_form(kind: type) -> Hint | None:
    """`Mapping[K, V]` of a class that is one by declaration; None for any other class."""
    bases = getattr(kind, "__orig_bases__", ())
    return next((base for base in bases if get_origin(base) is cabc.Mapping), None)


def _record(kind: type, arguments: tuple[Hint, ...], *, camel: bool) -> Codec:
    hints = get_type_hints(kind)
    bound = dict(zip(getattr(kind, "__parameters__", ()), arguments, strict=True))
    return codec_containers.record(
        kind,
        [
            codec_containers.Field(f.name, json_name(f.name, camel=camel), _compile(hints[f.name], bound, camel=camel))
            for f in dataclasses.fields(kind)
        ],
    )


def _container(origin: Hint, arguments: tuple[Hint, ...], bound: Bound, *, camel: bool) -> Codec:
    inner = [_compile(a, bound, camel=camel) for a in arguments if a not in (..., types.NoneType)]
    if origin in (Union, types.UnionType) and types.NoneType in arguments and len(inner) == 1:
        return codec_containers.optional(inner[0])
    if origin is tuple:
        return codec_containers.sequence(inner[0]) if ... in arguments else codec_containers.row(inner)
    if origin is cabc.Mapping:
        return codec_containers.mapping(*inner)
    raise TypeError(f"{origin}{list(arguments)} has no form in a record")


def _write_claim(value: object) -> Json:
    kind = type(value)
    if claim_kinds().get(kind.__name__) is not kind:
        raise CodecError(f"{show_value(value)} is not a known kind of claim", reason="claim-kind")
    return {"kind": kind.__name__, "value": codec(kind).write(value)}


def _read_claim(value: Json) -> object:
    if type(value) is not dict or value.keys() != {"kind", "value"}:
        raise CodecError(f"{show_value(value)} is not a claim with its kind and value")
    name = value["kind"]
    kind = claim_kinds().get(name) if type(name) is str else None
    if kind is None:
        raise CodecError(f"{show_value(name)} is not a known kind of claim", reason="claim-kind")
    try:
        return codec(kind).read(value["value"])
    except CodecError as misfit:
        raise misfit.inside(".value") from None


def _malformed_error(misfit: CodecError) -> MalformedRecordError:
    where = misfit.path.lstrip(".")
    return MalformedRecordError(f"{where}: {misfit.text}" if where else misfit.text, reason=misfit.reason)
