"""What a file of a release is, told by its name (PEP 427, PEP 625 and what came before them)."""

from __future__ import annotations

import re

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from supplytrust.model.subject import ArtifactKind

SDIST_SUFFIXES = (".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz")


def kind_of(file_name: str) -> ArtifactKind:
    """Wheel, source distribution, or something that is not judged (eggs, installers)."""
    if file_name.endswith(".whl"):
        return ArtifactKind.WHEEL
    if re.search(r"[-.](win32|win-amd64|linux-\w+|macosx-[\w.]+)\b", file_name):
        return ArtifactKind.OTHER  # bdist_dumb and bdist_wininst are zip and tar files too
    return ArtifactKind.SDIST if file_name.endswith(SDIST_SUFFIXES) else ArtifactKind.OTHER


def version_of(file_name: str, project: str) -> Version | None:
    """The version in a file name of this project; None when it cannot be told or is not PEP 440."""
    try:
        if file_name.endswith(".whl"):
            name, version, _, _ = parse_wheel_filename(file_name)
            return version if name == canonicalize_name(project) else None
        if file_name.endswith((".tar.gz", ".zip")) and kind_of(file_name) is ArtifactKind.SDIST:
            name, version = parse_sdist_filename(file_name)
            return version if name == canonicalize_name(project) else _after_name(file_name, project)
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return _after_name(file_name, project)
    return _after_name(file_name, project)


def _after_name(file_name: str, project: str) -> Version | None:
    """Old names (`My-Project-1.0-py2.7.egg`): what follows the name up to the suffix or next dash."""
    pattern = "[-_.]+".join(re.escape(part) for part in canonicalize_name(project).split("-"))
    rest = re.match(rf"{pattern}[-_](.+)", file_name, re.IGNORECASE)
    if rest is None:
        return None
    text = re.sub(r"(\.tar\.(gz|bz2|xz|Z)|\.tgz|\.zip|\.egg|\.exe|\.msi|\.rpm|\.deb|\.whl|\.dmg)$", "", rest[1])
    for candidate in (text, re.split(r"-py\d|[-.](?:win|linux|macosx)", text)[0], text.split("-")[0]):
        try:
            return Version(candidate)
        except InvalidVersion:
            continue
    return None


def names_release(folder: str, file_name: str) -> bool:
    """Whether the name of an sdist's top folder is the name and version that the file is named by, however spelled."""
    stem = _stem(file_name)
    return _plain(folder) == _plain(stem) or not _releases(folder).isdisjoint(_releases(stem))


def _stem(file_name: str) -> str:
    suffix = next((s for s in SDIST_SUFFIXES if file_name.lower().endswith(s)), "")
    return file_name[: len(file_name) - len(suffix)]


def _plain(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()


def _releases(stem: str) -> set[tuple[str, Version]]:
    """Every way to read a stem as a name and a version."""
    cuts = (n for n, letter in enumerate(stem) if letter in "-_")
    pairs = ((stem[:n], stem[n + 1 :]) for n in cuts)
    return {(canonicalize_name(name), made) for name, text in pairs if (made := pep440(text)) is not None}


def pep440(text: str) -> Version | None:
    """The version that a text is, None when it is none."""
    try:
        return Version(text) if text == text.strip() else None
    except InvalidVersion:
        return None
