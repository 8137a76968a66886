"""Published members against rebuilt members: one level, and the files that speak against a better one.

Levels are those of `model.claims.rebuild.RebuildLevel`. What runs counts as code wherever it lies: entry
points and installed scripts too, though they are found under `*.dist-info` and `*.data`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from supplytrust.model.claims.rebuild import Difference, RebuildLevel
from supplytrust.rebuild import normalize

Members = Mapping[str, bytes]

CODE: Final = (
    ".py", ".pth", ".so", ".pyd", ".pyc", ".pyw", ".dll", ".dylib", ".exe", ".sh", ".bat", ".cmd", ".ps1",
)  # fmt: skip
NATIVE: Final = (".so", ".pyd", ".dll", ".dylib")


@dataclass(frozen=True, slots=True)
class Comparison:
    """The outcome of comparing members. `unreproduced`: published paths that did not come back."""

    level: RebuildLevel
    normalizers: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    unreproduced: tuple[str, ...] = ()
    reason: str = ""


def is_native(path: str) -> bool:
    """Whether the name is that of a compiled library (`x.so`, `x.so.1.2`, `x.pyd`, ...)."""
    name = path.rpartition("/")[2]
    return name.endswith(NATIVE) or ".so." in name


def is_code(path: str) -> bool:
    """Whether a wheel member runs: by suffix, or because installing makes a command of it."""
    if path.endswith(CODE) or is_native(path):
        return True
    parts = path.split("/")
    if parts[0].endswith(".data") and len(parts) > 2 and parts[1] == "scripts":
        return True
    return normalize.is_dist_info(path) and parts[-1] == "entry_points.txt"


def wheels(published: Members, rebuilt: Members, holds: Callable[[Members], bool] | None = None) -> Comparison:
    """Compare two wheels by their members; container and file bytes are the caller's business.

    `holds` says whether the file's own list of members is right; None: they are a part, which no list can be of.
    """
    if dict(published) == dict(rebuilt):
        return Comparison(RebuildLevel.CONTAINER_ONLY)
    fired: set[str] = set()
    found: list[Difference] = []
    for path in sorted(set(published) | set(rebuilt)):
        difference = _one(path, published, rebuilt, fired)
        if difference is not None:
            found.append(difference)
    if not found and holds is not None and not (holds(published) and holds(rebuilt)):
        record = next((p for p in published if p.endswith(".dist-info/RECORD")), "RECORD")
        found.append(Difference(record, "differs", "does not list the members with their digests"))
    return _verdict(found, fired, published)


def sdists(
    published: Members, rebuilt: Members, is_backend_file: Callable[[str, bytes | None, bytes | None], bool]
) -> Comparison:
    """Compare two sdists by their members, paths without the root folder.

    Only what a backend writes itself (PKG-INFO, egg-info, the egg_info table of setup.cfg) is evened out.
    """
    if dict(published) == dict(rebuilt):
        return Comparison(RebuildLevel.CONTAINER_ONLY)
    fired: set[str] = set()
    found = []
    for path in sorted(set(published) | set(rebuilt)):
        one, other = published.get(path), rebuilt.get(path)
        if one == other:
            continue
        if is_backend_file(path, one, other):
            fired.add("backend-files")
        elif one is not None and other is not None and normalize.same_text(one, other):
            fired.add("eol")
        else:
            found.append(Difference(path, _how(one, other)))
    return _verdict(found, fired, published)


def _one(path: str, published: Members, rebuilt: Members, fired: set[str]) -> Difference | None:
    one, other = published.get(path), rebuilt.get(path)
    if one == other:
        return None
    if path.endswith(".dist-info/RECORD") and one is not None and other is not None:
        fired.add("record")
        return None
    name = normalize.even(path, one, other) if one is not None and other is not None else ""
    if name:
        fired.add(name)
        return None
    return Difference(path, _how(one, other))


def _how(one: bytes | None, other: bytes | None) -> str:
    if one is None:
        return "added"
    return "missing" if other is None else "differs"


def _verdict(found: list[Difference], fired: set[str], published: Members) -> Comparison:
    normalizers = tuple(sorted(fired))
    if not found:
        return Comparison(RebuildLevel.NORMALIZED, normalizers)
    ranked = sorted(found, key=lambda d: (_weight(d.path), d.path), reverse=False)
    level = {0: RebuildLevel.CODE_DIFFERS, 1: RebuildLevel.DATA_DIFFERS, 2: RebuildLevel.METADATA_DIFFERS}[
        _weight(ranked[0].path)
    ]
    lost = tuple(sorted(d.path for d in found if d.path in published))
    return Comparison(level, normalizers, tuple(ranked), lost)


def _weight(path: str) -> int:
    if is_code(path):
        return 0
    return 2 if normalize.is_dist_info(path) else 1
