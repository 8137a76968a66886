"""How wheels and sdists that were built again are compared with the published ones.

A rule that evens out a form has a name that goes into the result, and never hides a difference in meaning: tags,
Root-Is-Purelib, requirements and every line of code still compare. What runs counts as code wherever it lies: entry
points and installed scripts too, though they are found under `*.dist-info` and `*.data`.
Core metadata: https://packaging.python.org/specifications/core-metadata/.
"""

from __future__ import annotations

import re
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from supplytrust.ecosystems.pypi import build_outputs
from supplytrust.ecosystems.pypi.rebuild import zip_container
from supplytrust.ecosystems.pypi.wheel_record import BytesMembers, compare_record
from supplytrust.ecosystems.rebuild_backend import FileRules, Members, is_library, same_text, with_lf
from supplytrust.errors import MalformedRecordError
from supplytrust.formats.json_reader import MIB, Limits, read_object
from supplytrust.model.claims.rebuild import RebuildLevel

REPAIR_LIST: Final = re.compile(r"[^/]+\.dist-info/sboms/auditwheel\.cdx\.json")

CODE: Final = (
    ".py", ".pth", ".so", ".pyd", ".pyc", ".pyw", ".dll", ".dylib", ".exe", ".sh", ".bat", ".cmd", ".ps1",
)  # fmt: skip


class SdistRules(FileRules):
    """Source distributions: only what a backend writes itself is evened out (PKG-INFO, egg-info, `[egg_info]`)."""

    def even(self, path: str, published: bytes | None, rebuilt: bytes | None) -> str:
        """`backend-files`, `eol`, or ''."""
        return "backend-files" if is_backend_file(path, published, rebuilt) else super().even(path, published, rebuilt)

    def level_of(self, path: str) -> RebuildLevel:
        """What runs is code, what lies in `*.dist-info` is metadata."""
        if is_code(path):
            return RebuildLevel.CODE_DIFFERS
        return RebuildLevel.METADATA_DIFFERS if is_dist_info(path) else RebuildLevel.DATA_DIFFERS


class WheelRules(SdistRules):
    """Wheels, by the name of the published one."""

    BUILT = True

    def __init__(self, file_name: str) -> None:
        self.PURE = file_name.endswith("-any.whl")

    def even(self, path: str, published: bytes | None, rebuilt: bytes | None) -> str:
        """`record`, `eol`, `generator`, `metadata-form`, or ''."""
        if published is None or rebuilt is None:
            return ""
        if path.endswith(".dist-info/RECORD"):
            return "record"  # `find_bad_list` looks at both
        if same_text(published, rebuilt):
            return "eol"
        name = path.rpartition("/")[2] if is_dist_info(path) else ""
        if name == "WHEEL" and wheel_lines(published) == wheel_lines(rebuilt):
            return "generator"
        if name == "METADATA" and metadata_form(published) == metadata_form(rebuilt):
            return "metadata-form"
        return ""

    def find_bad_list(self, members: Members) -> str:
        """The RECORD unless it lists every member with its right digest and size, and nothing else."""
        records = [p for p in members if p.partition("/")[0].endswith(".dist-info") and p.endswith("/RECORD")]
        if len(records) == 1 and compare_record(members[records[0]], records[0], BytesMembers(members)).holds:
            return ""
        return next((p for p in members if p.endswith(".dist-info/RECORD")), "RECORD")

    def is_native(self, members: Members) -> bool:
        """By its platform tag, or by a compiled member."""
        return not self.PURE or any(map(is_library, members))

    def without_compiled(self, members: Members, other: Members) -> dict[str, bytes]:
        """No machine code, no platform tags, not RECORD, no list of what was grafted in."""
        kept = {}
        for path, data in super().without_compiled(members, other).items():
            if path.endswith(".dist-info/RECORD") or is_repair_list(path, data):
                continue
            if path.endswith(".dist-info/WHEEL"):
                data = b"\n".join(line for line in data.splitlines() if not line.startswith((b"Tag:", b"Build:")))  # noqa: PLW2901
            kept[path] = data
        return kept

    def compare_container(
        self, published: tuple[str, bytes], rebuilt: tuple[str, bytes], members: Members
    ) -> tuple[tuple[str, ...], bool | None]:
        """The two zips, and the replay."""
        codes = zip_container.differences(published[1], rebuilt[1], (published[0], rebuilt[0]))
        return codes, zip_container.replays(published[1], members)


def is_repair_list(path: str, data: bytes) -> bool:
    """The bill of materials (PEP 770, CycloneDX) that a repair tool adds for the libraries it grafts into a wheel."""
    if not REPAIR_LIST.fullmatch(path):
        return False
    try:
        return read_object(data, Limits(size=16 * MIB, floats=True)).get("bomFormat") == "CycloneDX"
    except MalformedRecordError:
        return False


def is_backend_file(path: str, one: bytes | None, other: bytes | None) -> bool:
    """Whether a backend writes this file into an sdist and no build reads more of it than the version.

    `setup.cfg` steers a build: it may differ in `[egg_info]` only, and only at the root.
    """
    if path == "setup.cfg":
        sides = [data for data in (one, other) if data is not None]
        return build_outputs.is_built_setup_cfg(sides[0], sides[1:], in_tree=len(sides) == 2)
    folder, _, name = path.rpartition("/")
    return path == "PKG-INFO" or (folder.endswith(".egg-info") and name in build_outputs.EGG_INFO_FILES)


def is_dist_info(path: str) -> bool:
    """Whether a wheel member lies in the wheel's `*.dist-info` folder."""
    return path.partition("/")[0].endswith(".dist-info")


def is_code(path: str) -> bool:
    """Whether a member runs: by suffix, or because installing makes a command of it."""
    if path.endswith(CODE) or is_library(path):
        return True
    parts = path.split("/")
    if parts[0].endswith(".data") and len(parts) > 2 and parts[1] == "scripts":
        return True
    return is_dist_info(path) and parts[-1] == "entry_points.txt"


def wheel_lines(data: bytes) -> list[bytes]:
    """Normalizer `generator`: the WHEEL file's lines in order, without the line that names the generator."""
    lines = (line.rstrip() for line in with_lf(data).split(b"\n"))
    return sorted(line for line in lines if line and not line.lower().startswith(b"generator:"))


def metadata_form(data: bytes) -> tuple[tuple[tuple[str, str], ...], str]:
    """Normalizer `metadata-form`: the sorted fields of METADATA as (name, value), and the description."""
    head, _, body = with_lf(data).decode("utf-8", "surrogateescape").partition("\n\n")
    fields: list[tuple[str, str]] = []
    for line in head.split("\n"):
        if line[:1] in {" ", "\t"} and fields:
            name, value = fields[-1]
            fields[-1] = (name, f"{value}\n{line.strip()}")
        elif line:
            name, _, value = line.partition(":")
            fields.append((name.strip().lower(), value.strip()))
    kept = ((name, _field(name, value)) for name, value in fields if name != "metadata-version")
    body = body.strip()
    return tuple(sorted((n, v) for n, v in kept if v and v != "UNKNOWN")), "" if body == "UNKNOWN" else body


def _field(name: str, value: str) -> str:
    if name == "requires-dist":
        try:
            return str(Requirement(value))
        except InvalidRequirement:
            return value
    if name == "provides-extra":
        return canonicalize_name(value)
    if name == "keywords":
        return ",".join(word.strip() for word in value.replace(" ", ",").split(",") if word.strip())
    return value
