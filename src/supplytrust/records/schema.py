"""The JSON Schema (2020-12) of a trust record's statement, derived from the dataclasses of `model.record`.

`trust-record-v1.schema.json` beside this file is its output, for readers in other languages; a test keeps the
two equal. The schema is as strict as the reader in names and types; that numbers are spelled shortest,
instants exist and the subject is the judged artifact is beyond it.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import types
from collections import abc as cabc
from datetime import datetime
from pathlib import Path
from typing import Union, get_args, get_origin, get_type_hints

from supplytrust.formats.codec import Hint, json_name, mapping_form
from supplytrust.formats.codec_scalars import DECIMAL_PATTERN, INSTANT_PATTERN, enum_text
from supplytrust.formats.json_reader import MAX_INTEGER, Json
from supplytrust.model import record
from supplytrust.model.vocabulary import OMITTED_BY_DEFAULT
from supplytrust.records.statement import PREDICATE_TYPE, STATEMENT_TYPE

SHIPPED = Path(__file__).with_name("trust-record-v1.schema.json")
Object = dict[str, Json]

# Version 1 of the schema was published with these names; they are its own and stand in no record.
DEFINITION_NAMES: dict[type, str] = {
    record.TrustRecord: "Predicate",
    record.AreaVerdict: "AreaAnswer",
    record.WeighedFinding: "Answer",
    record.CountedWeight: "Counted",
    record.RequiredAssurance: "MustHave",
    record.Missing: "Change",
    record.OpenQuestion: "Unknown",
    record.Risk: "RiskInterval",
    record.RiskShare: "Share",
}

_PLAIN: dict[Hint, Object] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer", "minimum": -MAX_INTEGER, "maximum": MAX_INTEGER},
    float: {"type": "string", "pattern": DECIMAL_PATTERN},
    datetime: {"type": "string", "pattern": INSTANT_PATTERN},
    object: {},
}


def statement_schema() -> Object:
    """The schema as a JSON value."""
    definitions: Object = {}
    predicate = _of(record.TrustRecord, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{PREDICATE_TYPE}/schema.json",
        "title": "Trust record, version 1, as an in-toto Statement",
        **_closed_object(
            {
                "_type": {"const": STATEMENT_TYPE},
                "subject": {"type": "array", "maxItems": 1, "items": _descriptor()},
                "predicateType": {"const": PREDICATE_TYPE},
                "predicate": predicate,
            }
        ),
        "$defs": definitions,
    }


def schema_text() -> str:
    """The shipped file's text."""
    return json.dumps(statement_schema(), indent=1, ensure_ascii=False) + "\n"


def _descriptor() -> Object:
    digest: Object = {
        "type": "object",
        "properties": {
            "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "sha384": {"type": "string", "pattern": "^[0-9a-f]{96}$"},
        },
        "required": ["sha256"],
        "additionalProperties": False,
    }
    return _closed_object({"name": {"type": "string"}, "digest": digest})


def _closed_object(properties: Object) -> Object:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _of(kind: Hint, definitions: Object) -> Object:
    if kind in _PLAIN:
        return _PLAIN[kind]
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return {"enum": [enum_text(kind, member) for member in kind]}
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _dataclass(kind, definitions)
    if isinstance(kind, type):
        kind = mapping_form(kind)
    return _container(get_origin(kind), get_args(kind), definitions)


def _dataclass(kind: type, definitions: Object) -> Object:
    name = DEFINITION_NAMES.get(kind, kind.__name__)
    if name not in definitions:
        definitions[name] = {}  # its place, before what it refers to
        hints = get_type_hints(kind)
        properties: Object = {
            json_name(f.name, camel=True): _of(hints[f.name], definitions) for f in dataclasses.fields(kind)
        }
        about: Object = {"description": (kind.__doc__ or "").partition("\n")[0]}
        optional = {json_name(f.name, camel=True) for f in dataclasses.fields(kind) if f.metadata == OMITTED_BY_DEFAULT}
        required: list[Json] = [field for field in properties if field not in optional]
        definitions[name] = about | _closed_object(properties) | {"required": required}
    return {"$ref": f"#/$defs/{name}"}


def _container(origin: Hint, arguments: tuple[Hint, ...], definitions: Object) -> Object:
    if origin in (Union, types.UnionType):
        inner = next(a for a in arguments if a is not types.NoneType)
        return {"anyOf": [_of(inner, definitions), {"type": "null"}]}
    if origin is cabc.Mapping:
        names, values = (_of(a, definitions) for a in arguments)
        return {"type": "object", "propertyNames": names, "additionalProperties": values}
    if ... in arguments:
        return {"type": "array", "items": _of(arguments[0], definitions)}
    parts: list[Json] = [_of(a, definitions) for a in arguments]
    return {"type": "array", "prefixItems": parts, "minItems": len(parts), "maxItems": len(parts)}
