"""How values made of values are spelled: objects, arrays, rows, mappings, a value or nothing, words."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from supplytrust.formats import codec_scalars
from supplytrust.formats.codec_scalars import CodecError, show_value
from supplytrust.formats.json_reader import Json

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


def optional(inner: Codec) -> Codec:
    """A value or null."""
    return Codec(
        lambda value: None if value is None else inner.write(value),
        lambda value: None if value is None else inner.read(value),
    )


def word(kind: type[enum.Enum]) -> Codec:
    """One of a closed list of words: a StrEnum's value, an IntEnum's name."""
    words = {codec_scalars.enum_text(kind, member): member for member in kind}

    def read(value: Json) -> object:
        if type(value) is not str or value not in words:
            raise CodecError(f"{show_value(value)} is not one of {', '.join(sorted(words))}")
        return words[value]

    return Codec(lambda value: codec_scalars.enum_text(kind, value), read)


def sequence(inner: Codec) -> Codec:
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


def row(inner: list[Codec]) -> Codec:
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


def mapping(key: Codec, inner: Codec, *, kind: Callable[[dict[object, object]], object] = MappingProxyType) -> Codec:
    """A mapping as an object; keys are strings or words, and `kind` is what reading makes of it."""

    def write(value: object) -> Json:
        if not isinstance(value, Mapping):
            raise CodecError(f"{show_value(value)} is not a mapping")
        return {codec_scalars.name(key.write(k)): _at(f".{k}", inner.write, v) for k, v in value.items()}

    def read(value: Json) -> object:
        if type(value) is not dict:
            raise CodecError(f"{show_value(value)} is not an object")
        return kind({key.read(codec_scalars.name(k)): _at(f".{k}", inner.read, v) for k, v in value.items()})

    return Codec(write, read)


def record(kind: type, fields: list[Field]) -> Codec:
    """A dataclass as an object with exactly its fields."""
    return Codec(_record_writer(kind, fields), _record_reader(kind, fields))


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
    readers = [(field.name, field.codec.read) for field in fields]
    attributes = [field.attribute for field in fields]
    by_name = any(field.kw_only for field in dataclasses.fields(kind))
    wanted = frozenset(field.name for field in fields)

    def read(value: Json) -> object:
        if type(value) is not dict:
            raise CodecError(f"{show_value(value)} is not an object")
        if value.keys() != wanted:
            raise _difference(set(value), wanted)
        made: list[object] = []
        for name, reader in readers:
            try:
                made.append(reader(value[name]))
            except CodecError as misfit:
                raise misfit.inside(f".{name}") from None
        try:
            return kind(**dict(zip(attributes, made, strict=True))) if by_name else kind(*made)
        except (ValueError, TypeError) as error:  # the value's own conditions
            raise CodecError(f"no {kind.__name__}: {error}") from None

    return read


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


def _at(where: str, step: Callable[[A], B], value: A) -> B:
    try:
        return step(value)
    except CodecError as misfit:
        raise misfit.inside(where) from None


def _difference(got: set[str], wanted: frozenset[str]) -> CodecError:
    if unknown := sorted(got - wanted):
        return CodecError(f"unknown field {show_value(unknown[0])}", reason="unknown-field")
    return CodecError(f"field '{min(wanted - got)}' is missing", reason="missing-field")
