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
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TypeGuard, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from supplytrust.errors import MalformedRecordError
from supplytrust.formats import codec_scalars
from supplytrust.formats.codec_scalars import CodecError, show_value
from supplytrust.formats.json_reader import Json
from supplytrust.model import claims
from supplytrust.model.claims.claim import Claim
from supplytrust.model.vocabulary import OMITTED_BY_DEFAULT

T = TypeVar("T")
Hint = object  # a type hint: a class, or one of the special forms of `typing`
Bound = Mapping[Hint, Hint]  # type variables of a generic dataclass -> what they stand for
A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Codec:
    """The two directions of one type. Both raise `CodecError`."""

    write: Callable[[object], Json]
    read: Callable[[Json], object]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a dataclass: its name in Python, its name in JSON, and what it holds."""

    attribute: str
    name: str
    codec: Codec
    may_be_missing: bool = False  # reading then takes the default, which says: not known
    omitted: str | None = (
        None  # the text of a field that is written only where there is another one (`OMITTED_BY_DEFAULT`)
    )


@dataclass(frozen=True, slots=True)
class Form:
    """How dataclasses are read and written: names in camelCase; may fields be missing that are unknown by default?"""

    camel: bool = False
    lenient: bool = False


Reader = tuple[str, str, Callable[[Json], object]]  # a field's name in JSON, in Python, and how it is read


_SCALARS: Mapping[Hint, Codec] = {
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


def decode(kind: type[T], value: Json, *, camel: bool = False, lenient: bool = False) -> T:
    """The dataclass (or other hinted value) that `encode` wrote. Raises MalformedRecordError.

    `lenient`, for files that an earlier version wrote: a field may be missing if its default is None, which says that
    it is not known. No other default may stand for what nobody looked at: an empty list of doubts is an answer.
    """
    try:
        return cast("T", codec(kind, camel=camel, lenient=lenient).read(value))
    except CodecError as misfit:
        raise _malformed_error(misfit) from None


@functools.cache
def claim_kinds() -> Mapping[str, type[Claim]]:
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


def codec(kind: Hint, *, camel: bool = False, lenient: bool = False) -> Codec:
    """The codec of a type hint; TypeError for a hint outside the vocabulary (a defect of the model)."""
    return _compile_once(kind, Form(camel, lenient))


@functools.cache
def _compile_once(kind: Hashable, form: Form) -> Codec:
    return _compile(kind, {}, form)


def _compile(kind: Hint, bound: Bound, form: Form) -> Codec:
    kind = bound.get(kind, kind)
    if kind in _SCALARS:
        return _SCALARS[kind]
    if kind is Claim:
        return Codec(_write_claim, functools.partial(_read_claim, lenient=form.lenient))
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return word_codec(kind)
    plain = get_origin(kind) or kind
    if isinstance(plain, type) and dataclasses.is_dataclass(plain):
        return _record(plain, get_args(kind), form)
    if isinstance(plain, type) and (mapping := mapping_form(plain)) is not None:
        return mapping_codec(*(_compile(a, bound, form) for a in get_args(mapping)), kind=plain)
    return _container(plain, get_args(kind), bound, form)


def mapping_form(kind: type) -> Hint | None:
    """`Mapping[K, V]` of a class that is one by declaration; None for any other class."""
    bases = getattr(kind, "__orig_bases__", ())
    return next((base for base in bases if get_origin(base) is Mapping), None)


def _record(kind: type, arguments: tuple[Hint, ...], form: Form) -> Codec:
    hints = get_type_hints(kind)
    bound = dict(zip(getattr(kind, "__parameters__", ()), arguments, strict=True))
    return record_codec(
        kind,
        [
            Field(
                f.name,
                json_name(f.name, camel=form.camel),
                _compile(hints[f.name], bound, form),
                may_be_missing=f.metadata == OMITTED_BY_DEFAULT or (form.lenient and f.default is None),
                omitted=str(f.default) if f.metadata == OMITTED_BY_DEFAULT else None,
            )
            for f in dataclasses.fields(kind)
        ],
    )


def _container(origin: Hint, arguments: tuple[Hint, ...], bound: Bound, form: Form) -> Codec:
    inner = [_compile(a, bound, form) for a in arguments if a not in (..., types.NoneType)]
    if origin in (Union, types.UnionType) and types.NoneType in arguments and len(inner) == 1:
        return optional_codec(inner[0])
    if origin is tuple:
        return sequence_codec(inner[0]) if ... in arguments else row_codec(inner)
    if origin is Mapping:
        return mapping_codec(*inner)
    raise TypeError(f"{origin}{list(arguments)} has no form in a record")


def _write_claim(value: object) -> Json:
    kind = type(value)
    if claim_kinds().get(kind.__name__) is not kind:
        raise CodecError(f"{show_value(value)} is not a known kind of claim", reason="claim-kind")
    return {"kind": kind.__name__, "value": codec(kind).write(value)}


def _read_claim(value: Json, *, lenient: bool) -> object:
    if type(value) is not dict or value.keys() != {"kind", "value"}:
        raise CodecError(f"{show_value(value)} is not a claim with its kind and value")
    name = value["kind"]
    kind = claim_kinds().get(name) if type(name) is str else None
    if kind is None:
        raise CodecError(f"{show_value(name)} is not a known kind of claim", reason="claim-kind")
    try:
        return codec(kind, lenient=lenient).read(value["value"])
    except CodecError as misfit:
        raise misfit.inside(".value") from None


def _malformed_error(misfit: CodecError) -> MalformedRecordError:
    where = misfit.path.lstrip(".")
    return MalformedRecordError(f"{where}: {misfit.text}" if where else misfit.text, reason=misfit.reason)


# --- values made of values: objects, arrays, rows, mappings, a value or nothing, words


def optional_codec(inner: Codec) -> Codec:
    """A value or null."""
    return Codec(
        lambda value: None if value is None else inner.write(value),
        lambda value: None if value is None else inner.read(value),
    )


def word_codec(kind: type[enum.Enum]) -> Codec:
    """One of a closed list of words: a StrEnum's value, an IntEnum's name."""
    words = {codec_scalars.enum_text(kind, member): member for member in kind}

    def read(value: Json) -> object:
        if type(value) is not str or value not in words:
            raise CodecError(f"{show_value(value)} is not one of {', '.join(sorted(words))}")
        return words[value]

    return Codec(lambda value: codec_scalars.enum_text(kind, value), read)


def sequence_codec(inner: Codec) -> Codec:
    """A tuple of any length as an array."""

    def write(value: object) -> Json:
        if not isinstance(value, tuple):
            raise CodecError(f"{show_value(value)} is not a tuple")
        return _each(inner.write, value)

    def read(value: Json) -> object:
        if type(value) is not list:
            raise CodecError(f"{show_value(value)} is not an array")
        return tuple(_each(inner.read, value))

    return Codec(write, read)


def row_codec(inner: list[Codec]) -> Codec:
    """A tuple of known length and types as an array."""

    def write(value: object) -> Json:
        if not isinstance(value, tuple) or len(value) != len(inner):
            raise CodecError(f"{show_value(value)} is not a tuple of {len(inner)}")
        return _each(_apply, [(c.write, v) for c, v in zip(inner, value, strict=True)])

    def read(value: Json) -> object:
        if type(value) is not list or len(value) != len(inner):
            raise CodecError(f"{show_value(value)} is not an array of {len(inner)}")
        return tuple(_each(_apply, [(c.read, v) for c, v in zip(inner, value, strict=True)]))

    return Codec(write, read)


def mapping_codec(
    key: Codec, inner: Codec, *, kind: Callable[[dict[object, object]], object] = MappingProxyType
) -> Codec:
    """A mapping as an object; keys are strings or words, and `kind` is what reading makes of it."""

    def write(value: object) -> Json:
        if not isinstance(value, Mapping):
            raise CodecError(f"{show_value(value)} is not a mapping")
        return {codec_scalars.name(key.write(k)): _inside(f".{k}", inner.write, v) for k, v in value.items()}

    def read(value: Json) -> object:
        if type(value) is not dict:
            raise CodecError(f"{show_value(value)} is not an object")
        return kind({key.read(codec_scalars.name(k)): _inside(f".{k}", inner.read, v) for k, v in value.items()})

    return Codec(write, read)


def record_codec(kind: type, fields: list[Field]) -> Codec:
    """A dataclass as an object with exactly its fields."""
    codec = Codec(_record_writer(kind, fields), _record_reader(kind, fields))
    omitted = {field.name: field.omitted for field in fields if field.omitted is not None}
    return _omit_defaults(codec, omitted) if omitted else codec


def _omit_defaults(whole: Codec, omitted: Mapping[str, Json]) -> Codec:
    """The codec without those fields where they have these values: one value has one form, so none may state them."""

    def write(value: object) -> Json:
        made = cast("dict[str, Json]", whole.write(value))
        return {name: part for name, part in made.items() if name not in omitted or part != omitted[name]}

    def read(value: Json) -> object:
        stated = [name for name in omitted if type(value) is dict and value.get(name) == omitted[name]]
        if stated:
            raise CodecError("is left out where nothing is known").inside(f".{stated[0]}")
        return whole.read(value)

    return Codec(write, read)


def _record_writer(kind: type, fields: list[Field]) -> Callable[[object], Json]:
    writers = [(field.name, field.attribute, field.codec.write) for field in fields]

    def write(value: object) -> Json:
        if type(value) is not kind:
            raise CodecError(f"{show_value(value)} is not a {kind.__name__}")
        made: dict[str, Json] = {}
        for name, attribute, writer in writers:
            try:
                made[name] = writer(getattr(value, attribute))
            except CodecError as misfit:
                raise misfit.inside(f".{name}") from None
        return made

    return write


def _record_reader(kind: type, fields: list[Field]) -> Callable[[Json], object]:
    readers = [(field.name, field.attribute, field.codec.read) for field in fields]
    by_position = not any(field.kw_only for field in dataclasses.fields(kind))
    wanted = frozenset(field.name for field in fields)
    needed = frozenset(field.name for field in fields if not field.may_be_missing)

    def read(value: Json) -> object:
        if type(value) is not dict:
            raise CodecError(f"{show_value(value)} is not an object")
        given = readers if value.keys() == wanted else _readers_of(readers, value, wanted, needed)
        made: list[object] = []
        for name, _, reader in given:
            try:
                made.append(reader(value[name]))
            except CodecError as misfit:
                raise misfit.inside(f".{name}") from None
        try:
            if given is readers and by_position:
                return kind(*made)
            return kind(**{attribute: part for (_, attribute, _), part in zip(given, made, strict=True)})
        except (ValueError, TypeError) as error:  # the value's own conditions
            raise CodecError(f"no {kind.__name__}: {error}") from None

    return read


def _readers_of(
    readers: list[Reader], value: Mapping[str, Json], wanted: frozenset[str], needed: frozenset[str]
) -> list[Reader]:
    """The readers of the fields that are there, when every field that must be there is and no other one."""
    if unknown := sorted(value.keys() - wanted):
        raise CodecError(f"unknown field {show_value(unknown[0])}", reason="unknown-field")
    if missing := sorted(needed - value.keys()):
        raise CodecError(f"field '{missing[0]}' is missing", reason="missing-field")
    return [reader for reader in readers if reader[0] in value]


def _each(step: Callable[[A], B], values: Iterable[A]) -> list[B]:
    made: list[B] = []
    for value in values:
        try:
            made.append(step(value))
        except CodecError as misfit:
            raise misfit.inside(f"[{len(made)}]") from None
    return made


def _apply(job: tuple[Callable[[A], B], A]) -> B:
    return job[0](job[1])


def _inside(where: str, step: Callable[[A], B], value: A) -> B:
    try:
        return step(value)
    except CodecError as misfit:
        raise misfit.inside(where) from None
