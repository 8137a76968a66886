"""in-toto layouts: whether signed steps lead to one file (https://github.com/in-toto/specification, v1.0).

Layouts can hold inspections, which are commands that a verifier runs. Nothing is run here: a layout with an
inspection, and any layout inside a layout, is refused before the library sees it. Every document passes the strict
reader first, and the library reads copies in a private folder, so that what was judged is what is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from supplytrust.errors import MalformedRecordError, RefusedError
from supplytrust.formats.json_reader import MIB, Json, Limits, read_base64, read_object

LIMITS = Limits(size=4 * MIB, floats=True)
MOST_LINKS = 200


@dataclass(frozen=True, slots=True)
class LayoutResult:
    """`reason` empty: the steps lead to the file; else the rule that did not hold, in a few words."""

    steps: int
    expires: datetime | None
    reason: str = ""
    chained: bool = False  # every step after the first takes only what an earlier one made


def follow(
    layout: bytes, links: Sequence[tuple[str, bytes]], keys: Sequence[bytes], file: tuple[str, str], scratch: Path
) -> LayoutResult:
    """Verify a layout with the owners' PEM keys, all of which must have signed it, for (file name, sha256).

    An empty name is a file that has none of its own: its digest is all there is to know it by.

    `links` are (file name, bytes) as in-toto names them. `scratch` is an empty private folder. RefusedError: there
    is something to run, or a layout in a layout; MalformedRecordError: a document is not strict JSON of its kind.
    """
    document = _content(layout, "layout")
    if document.get("inspect"):
        raise RefusedError("the layout has inspections, which would run commands here")
    if not keys:
        raise MalformedRecordError("no owner's key is listed for the layout", reason="keys")
    for name, data in links[: MOST_LINKS + 1]:
        if _content(data, "link") and Path(name).name != name:
            raise MalformedRecordError("a link's name is a path", reason="link")
    if len(links) > MOST_LINKS:
        raise MalformedRecordError(f"more than {MOST_LINKS} links", reason="count")
    listed = document.get("steps")
    steps = listed if isinstance(listed, list) else []
    expires = _moment(document.get("expires"))
    reason = _verify_layout(layout, links, keys, file, scratch) if steps else "no steps"
    return LayoutResult(len(steps), expires, reason, _steps_chain(steps))


def _steps_chain(steps: Sequence[Json]) -> bool:
    """Every step after the first matches its materials with an earlier step's products and takes nothing else.

    Rules of any other kind than `MATCH ... WITH PRODUCTS`, `REQUIRE` and `DISALLOW` let something in.
    """
    names: list[Json] = []
    for step in steps:
        if not isinstance(step, dict):
            return False
        listed = step.get("expected_materials")
        rules = [rule for rule in listed if isinstance(rule, list)] if isinstance(listed, list) else []
        taken = [rule for rule in rules if _words(rule)[:1] not in (["REQUIRE"], ["DISALLOW"])]
        closed = bool(taken) and _words(rules[-1]) == ["DISALLOW", "*"]
        if names and not (closed and all(_matches(rule, names) for rule in taken)):
            return False
        names.append(step.get("name"))
    return len(names) > 1


def _matches(rule: list[Json], earlier: list[Json]) -> bool:
    """`MATCH pattern [IN prefix] WITH PRODUCTS [IN prefix] FROM step` (specification 4.3.3.1)."""
    words = _words(rule)
    products = words[2:4] == ["WITH", "PRODUCTS"] or (words[2:3], words[4:6]) == (["IN"], ["WITH", "PRODUCTS"])
    return words[:1] == ["MATCH"] and products and rule[-1] in earlier


def _words(rule: list[Json]) -> list[str]:
    """Keywords are read in either case."""
    return [word.upper() if isinstance(word, str) else "" for word in rule]


def _content(data: bytes, kind: str) -> dict[str, Json]:
    """The signed part of an envelope or of the older form, checked to be of this kind."""
    outer = read_object(data, LIMITS)
    payload = outer.get("payload")
    inner = read_object(read_base64(payload), LIMITS) if isinstance(payload, str) else outer.get("signed")
    if not isinstance(inner, dict) or ("payload" in outer) == ("signed" in outer):
        raise MalformedRecordError(f"no {kind} in a known form", reason=kind)
    if kind == "link" and (inner.get("_type") == "layout" or "inspect" in inner):
        raise RefusedError("a step is a layout of its own, which is not followed")
    if inner.get("_type") != kind:
        raise MalformedRecordError(f"the document is no {kind}", reason=kind)
    return inner


def _verify_layout(
    layout: bytes, links: Sequence[tuple[str, bytes]], keys: Sequence[bytes], file: tuple[str, str], scratch: Path
) -> str:
    from in_toto.models.metadata import Metadata  # type: ignore[import-untyped]  # it ships no types
    from in_toto.verifylib import in_toto_verify  # type: ignore[import-untyped]

    place = scratch / "root.layout"
    place.write_bytes(layout)
    for name, data in links:
        (scratch / name).write_bytes(data)
    try:
        owners = dict(_owner(pem) for pem in keys)
        summary = in_toto_verify(Metadata.load(str(place)), owners, link_dir_path=str(scratch))
        products = dict(summary.products)
    except Exception as error:  # noqa: BLE001 - many kinds; every one of them means that it does not hold
        return type(error).__name__
    return "" if any(_is(path, hashes, file) for path, hashes in products.items()) else "file is no product"


def _owner(pem: bytes) -> tuple[str, dict[str, object]]:
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined]  # it has no __all__

    key = SSlibKey.from_crypto(load_pem_public_key(pem))
    return key.keyid, {"keyid": key.keyid, **key.to_dict()}


def _is(path: str, hashes: object, file: tuple[str, str]) -> bool:
    name, sha256 = file
    told = hashes.get("sha256") if isinstance(hashes, dict) else None
    return told == sha256 and name in ("", path.rpartition("/")[2])


def _moment(value: Json) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
