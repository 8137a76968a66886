"""in-toto layouts: whether signed steps lead to one file (https://github.com/in-toto/specification, v1.0).

Layouts can hold inspections, which are commands that a verifier runs. Nothing is run here: a layout with an
inspection, and any layout inside a layout, is refused before the library sees it. Every document passes the strict
reader first, and the library reads copies in a private folder, so that what was judged is what is used.
"""

from __future__ import annotations

import base64
import hashlib
import shlex
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from supplytrust.errors import MalformedRecordError, RefusedError, UsageError
from supplytrust.formats.json_reader import MIB, Json, Limits, read_base64, read_object
from supplytrust.records.key_files import read_private
from supplytrust.wasm.parts import WasmError
from supplytrust.wasm.reader import contents, read

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


# --- a build that is watched, as in-toto documents: a layout of two steps and the links that a run of them leaves.

SOURCES, BUILD = "sources", "build"
if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]  # it has no __all__

MOST_SOURCES = 20_000


@dataclass(frozen=True, slots=True)
class WatchedBuild:
    """What a run used and made: (path, sha256) of the sources, of the product, and of modules inside the product."""

    sources: tuple[tuple[str, str], ...]
    product: tuple[str, str]
    parts: tuple[tuple[str, str], ...] = ()


def write_layout(
    place: Path, *, product: str, patterns: Sequence[str], owner: Path, builder: Path, expires: datetime
) -> None:
    """A layout signed by its owner: sources that fit the patterns are handed over, and become the product."""
    from in_toto.models.layout import Layout, Step  # type: ignore[import-untyped]  # it ships no types

    worker = _signer(builder)
    keyid = worker.public_key.keyid
    handed = [["CREATE", pattern] for pattern in patterns]
    from_sources = ["MATCH", "*", "WITH", "PRODUCTS", "FROM", SOURCES]
    steps = [
        Step(name=SOURCES, pubkeys=[keyid], expected_products=[*handed, ["DISALLOW", "*"]]),
        Step(
            name=BUILD,
            pubkeys=[keyid],
            expected_materials=[from_sources, ["DISALLOW", "*"]],
            expected_products=[["CREATE", product], ["CREATE", f"{product}/*"], ["DISALLOW", "*"]],
        ),
    ]
    keys = {keyid: {"keyid": keyid, **worker.public_key.to_dict()}}
    ends = expires.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    _write(Layout(steps=steps, keys=keys, expires=ends), owner, place)


def read_paths(place: Path) -> tuple[tuple[Path, ...], Path]:
    """Sources and product that a layout of `write_layout` names. UsageError when it is none."""
    try:
        document = read_object(place.read_bytes(), Limits(floats=True))
        content = read_object(base64.b64decode(str(document["payload"])), Limits(floats=True))
        handed, made = (_product_patterns(step) for step in cast("list[dict[str, list[list[str]]]]", content["steps"]))
        return tuple(Path(p.removesuffix("/*")) for p in handed), Path(made[0])
    except OSError as error:
        raise UsageError(f"cannot read {place}: {error.strerror}", hint="supplytrust keep init first") from None
    except (MalformedRecordError, KeyError, ValueError, TypeError, IndexError, AttributeError):
        raise UsageError(
            f"{place} is no layout of sources and build", hint="supplytrust keep init writes one"
        ) from None


def _product_patterns(step: dict[str, list[list[str]]]) -> list[str]:
    return [rule[1] for rule in step["expected_products"] if rule[0] == "CREATE"]


def watch_build(command: Sequence[str], *, product: Path, sources: Iterable[Path], folder: Path) -> WatchedBuild:
    """Run a build in a folder and say what it used and made. UsageError when it fails or does not write the product.

    Sources are hashed before the run, and again after it: what changed meanwhile is not what was handed over.
    """
    files = _files(sources, folder)
    before = _digests(files, folder)
    stamp = _stamp(folder / product)
    try:
        done = subprocess.run(list(command), cwd=folder, check=False)
    except OSError as error:
        raise UsageError(f"the build cannot be started: {error}", hint="keep build -- COMMAND ...") from None
    if done.returncode:
        raise UsageError(f"the build ended with {done.returncode}", hint="nothing was recorded")
    if _stamp(folder / product) in (None, stamp):
        raise UsageError(f"the build did not write {product}", hint="remove an older one; name the right file")
    if _digests(files, folder) != before:
        raise UsageError("the build changed its own sources", hint="let it write elsewhere")
    made = (folder / product).read_bytes()
    name = product.as_posix()
    return WatchedBuild(tuple(sorted(before.items())), (name, hashlib.sha256(made).hexdigest()), _parts(name, made))


def _parts(name: str, data: bytes) -> tuple[tuple[str, str], ...]:
    """What is inside a workload was made by the same run: each part by its place. UsageError when it is none."""
    try:
        parts = read(data).parts[1:]
    except WasmError as error:
        raise UsageError(f"{name} is no workload: {error.message}", hint="nothing was recorded") from None
    places = ((f"{p.kind}-{'.'.join(map(str, p.path))}", contents(data, p)) for p in parts)
    return tuple((f"{name}/{place}", hashlib.sha256(part).hexdigest()) for place, part in places)


def write_links(build: WatchedBuild, command: Sequence[str], builder: Path, folder: Path) -> tuple[Path, ...]:
    """The two links of a watched build, signed by the builder, as files beside the layout."""
    from in_toto.models.link import Link  # type: ignore[import-untyped]

    keyid = _signer(builder).public_key.keyid[:8]
    used = {path: {"sha256": digest} for path, digest in build.sources}
    made = {path: {"sha256": digest} for path, digest in (build.product, *build.parts)}
    links = (
        Link(name=SOURCES, products=used),
        Link(name=BUILD, materials=used, products=made, byproducts={"command": shlex.join(command)}),
    )
    places = tuple(folder / f"{link.name}.{keyid}.link" for link in links)
    for link, place in zip(links, places, strict=True):
        _write(link, builder, place)
    return places


def _files(sources: Iterable[Path], folder: Path) -> list[Path]:
    found: set[Path] = set()
    for source in sources:
        place = folder / source
        found.update(p for p in (place.rglob("*") if place.is_dir() else [place]) if p.is_file())
        if not place.exists():
            raise UsageError(f"there is no {source}", hint="name the files the build uses with --source")
    if not 0 < len(found) <= MOST_SOURCES:
        raise UsageError(f"{len(found)} source files", hint=f"1 to {MOST_SOURCES}: name them with --source")
    return sorted(found)


def _digests(files: Iterable[Path], folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def _stamp(place: Path) -> tuple[int, int, int] | None:
    try:
        found = place.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_ctime_ns


def _signer(key: Path) -> CryptoSigner:
    from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]  # it has no __all__

    return CryptoSigner(read_private(key))


def _write(content: object, key: Path, place: Path) -> None:
    from in_toto.models.metadata import Envelope

    sealed = Envelope.from_signable(content)
    sealed.create_signature(_signer(key))
    sealed.dump(str(place))
