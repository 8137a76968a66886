"""Files that builds add or change, checked by their content: a name alone explains nothing.

Metadata must parse and name the judged release, RECORD must hold for every member, `setup.cfg` may differ in
`[egg_info]` only, and a version file may hold constants only, the judged version among them.
"""

from __future__ import annotations

import configparser
import json
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.parser import BytesParser
from typing import TYPE_CHECKING

from supplytrust.evidence.repository import version_files
from supplytrust.formats.wheel_record import BytesMembers, compare_record
from supplytrust.model.package_names import normal_name, requirement_name, same_version

if TYPE_CHECKING:
    from supplytrust.evidence.repository.artifact_diff import Leaf

_METADATA_FOLDER = re.compile(r"(?:^|/)[^/]+\.(?:egg-info|dist-info)/([^/]+)$")
_WHEEL_KEYS = frozenset({"wheel-version", "generator", "root-is-purelib", "tag", "build"})
_LINES = frozenset(
    {"top_level.txt", "namespace_packages.txt", "SOURCES.txt", "zip-safe", "not-zip-safe", "dependency_links.txt"}
)
_JSON = frozenset({"pbr.json", "scm_file_list.json", "scm_version.json", "metadata.json"})
_EGG_INFO_KEYS = frozenset({"tag_build", "tag_date", "tag_svn_revision"})
_PLAIN = re.compile(r"[\w./ +@~,()\[\]-]*$")


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """What the checks compare with: the release's name and version, the artifact's own files, build configuration
    of the tree as text, and the tree's submodules."""

    name: str
    version: str
    members: Mapping[str, bytes | None]
    config: str
    submodules: tuple[tuple[str, Leaf], ...] = ()


def is_build_output(path: str, data: bytes, known: BuildFacts, before: Sequence[bytes], *, in_tree: bool) -> bool:
    """Whether a build explains this file. `before` holds what the tree has at its path, as far as readable."""
    if len(data) > 4 * 2**20:
        return False
    name = posixpath.basename(path)
    inside = _METADATA_FOLDER.search(path)
    if not in_tree and (inside is not None or path == "PKG-INFO"):
        return _metadata(path, inside.group(1) if inside else name, data, known)
    if path == "setup.cfg":
        return _setup_cfg(data, before, in_tree=in_tree)
    if name.endswith(".py"):
        return _module(path, data, known, before, in_tree=in_tree)
    return False


def _metadata(path: str, name: str, data: bytes, known: BuildFacts) -> bool:
    if name in ("PKG-INFO", "METADATA"):
        fields = BytesParser().parsebytes(data, headersonly=True)
        named, version = str(fields.get("Name", "")), str(fields.get("Version", ""))
        return normal_name(named) == normal_name(known.name) and same_version(version, known.version)
    if name == "RECORD":
        return compare_record(data, path, BytesMembers(known.members)).holds
    if name == "WHEEL":
        fields = BytesParser().parsebytes(data, headersonly=True)
        return {k.lower() for k in fields} <= _WHEEL_KEYS and "Wheel-Version" in fields
    text = _text(data)
    if text is None:
        return False
    if name == "entry_points.txt":
        return _entry_points(text, known.config)
    if name == "requires.txt":
        lines = [line.strip() for line in text.splitlines()]
        return all(not line or line.startswith("[") or requirement_name(line) for line in lines)
    if name in _JSON:
        return _is_json(text)
    return name in _LINES and all(_PLAIN.match(line) for line in text.splitlines())


def _entry_points(text: str, config: str) -> bool:
    """Every entry's name and target is written in the tree's build configuration."""
    parsed = _ini(text, delimiters=("=",))
    if parsed is None:
        return False
    entries = [(k, v) for section in parsed.values() for k, v in section.items()]
    return all(k in config and v.partition("[")[0].strip() in config for k, v in entries)


def _setup_cfg(data: bytes, before: Sequence[bytes], *, in_tree: bool) -> bool:
    now = _ini(_text(data) or "\x00")
    if now is None:
        return False
    tags = now.pop("egg_info", {})
    if not in_tree:
        return not now and tags.keys() <= _EGG_INFO_KEYS
    for old in before:
        then = _ini(_text(old) or "\x00")
        if then is not None:
            kept = then.pop("egg_info", {})
            changed = {k for k in tags.keys() | kept.keys() if tags.get(k) != kept.get(k)}
            if now == then and changed <= _EGG_INFO_KEYS:
                return True
    return False


def _module(path: str, data: bytes, known: BuildFacts, before: Sequence[bytes], *, in_tree: bool) -> bool:
    if path == "setup.py" and version_files.is_plain_setup(data, known.name, known.version):
        return True
    if in_tree:
        return any(version_files.differ_in_version_only(old, data, known.version) for old in before)
    return version_files.is_version_file(path, data, known.version)


def _ini(text: str, delimiters: tuple[str, ...] = ("=", ":")) -> dict[str, dict[str, str]] | None:
    parser = configparser.RawConfigParser(delimiters=delimiters, strict=True)
    parser.optionxform = str  # type: ignore[method-assign, assignment]
    try:
        parser.read_string(text)
    except (configparser.Error, ValueError):
        return None
    if "\x00" in text:
        return None
    return {name: {k: "\n".join(v.split()) for k, v in parser.items(name)} for name in parser.sections()}


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _text(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None
