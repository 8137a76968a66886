"""A build that is watched, as in-toto documents: a layout of two steps and the links that a run of them leaves.

`sources` hands over the files that the build may use, `build` makes one workload of nothing else. Both links are
written by the party that runs the build and signed with its key; the layout, signed by its owner, says so.
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

from supplytrust.errors import MalformedRecordError, UsageError
from supplytrust.formats.json_reader import Limits, read_object
from supplytrust.records.key_files import read_private
from supplytrust.wasm.parts import WasmError
from supplytrust.wasm.reader import contents, read

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
    from in_toto.models.metadata import Envelope  # type: ignore[import-untyped]

    sealed = Envelope.from_signable(content)
    sealed.create_signature(_signer(key))
    sealed.dump(str(place))
