"""From what a person typed to a subject: a purl, a bare package name, or a path to an artifact.

purl: https://github.com/package-url/purl-spec. A path wins only when it looks like one (it has a
separator or a known artifact suffix), so that a file named `requests` never shadows the package.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from supplytrust import ecosystems
from supplytrust.ecosystems import Wanted
from supplytrust.errors import InvalidSubjectError, NotFoundError, NothingToAssessError, SourceError
from supplytrust.model.subject import Artifact, ArtifactKind, Subject
from supplytrust.ports.world import World

SUFFIXES = (".whl", ".tar.gz", ".tar.bz2", ".tar.xz", ".zip", ".wasm")
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
MAX_ARTIFACT = 512 * 2**20


def resolve(text: str, world: World) -> Subject:
    """The subject meant by `text`, with the artifact that is to be judged.

    Raises:
        InvalidSubjectError: the text is no purl, name or artifact.
        NothingToAssessError: it is one, but there is no such package, version or readable artifact.
    """
    if _is_path(text):
        return _local(Path(text), world)
    wanted = parse(text)
    try:
        return ecosystems.for_type(wanted.type).resolve(wanted, world)
    except NotFoundError as error:
        named = f"{wanted.name} {wanted.version}".strip()
        raise NothingToAssessError(
            f"no such release: {named} ({error.message})", hint="check the name and the version"
        ) from None
    except SourceError as error:
        raise NothingToAssessError(
            f"nothing to assess: {error.message}", hint=error.hint or "the index must answer at least once"
        ) from None


def parse(text: str) -> Wanted:
    """A purl or a bare PyPI name (`name` or `name==version`) as a request."""
    if not text.startswith("pkg:"):
        name, _, version = text.partition("==")
        if not NAME.fullmatch(name) or (version and not re.fullmatch(r"[A-Za-z0-9.!+_-]+", version)):
            raise InvalidSubjectError(
                f"'{text}' is not a package name", hint="write a name, or a purl such as pkg:pypi/requests@2.34.2"
            )
        return Wanted("pypi", name, version=version)
    from packageurl import PackageURL

    try:
        purl = PackageURL.from_string(text)
    except ValueError as error:
        raise InvalidSubjectError(f"'{text}' is not a purl: {error}", hint="write pkg:pypi/requests@2.34.2") from None
    if not NAME.fullmatch(purl.name) or ".." in (purl.version or ""):
        raise InvalidSubjectError(f"'{text}' names no package", hint="write pkg:pypi/requests@2.34.2")
    file_name = dict(purl.qualifiers or {}).get("file_name", "")
    return Wanted(purl.type, purl.name, purl.namespace or "", purl.version or "", str(file_name))


def _is_path(text: str) -> bool:
    if text.startswith("pkg:"):
        return False
    return "/" in text or "\\" in text or text.endswith(SUFFIXES) or text in {".", ".."}


def _local(path: Path, world: World) -> Subject:
    if path.is_dir():
        raise NothingToAssessError(
            f"{path} is a folder, not an artifact", hint="name a file, or use `audit` for a folder"
        )
    try:
        if path.stat().st_size > MAX_ARTIFACT:
            raise NothingToAssessError(f"{path} is larger than {MAX_ARTIFACT} bytes", hint="such a file is not read")
        data = path.read_bytes()
    except OSError as error:
        raise NothingToAssessError(f"cannot read {path}: {error.strerror}", hint="check the path") from None
    if not data:
        raise NothingToAssessError(f"{path} is empty", hint="name an artifact with contents")
    world.blobs.put(data)
    world.local_folders[hashlib.sha256(data).hexdigest()] = str(path.absolute().parent)
    return _subject_of(path.name, data)


def _subject_of(file_name: str, data: bytes) -> Subject:
    sha256 = hashlib.sha256(data).hexdigest()
    if data[:4] == b"\0asm":
        artifact = Artifact(file_name, sha256, ArtifactKind.WORKLOAD, len(data), hashlib.sha384(data).hexdigest())
        stem = file_name.removesuffix(".wasm")
        return Subject(f"pkg:generic/{stem}?checksum=sha256:{sha256}", "generic", stem, "", artifact)
    if file_name.endswith(".wasm"):
        raise NothingToAssessError(f"{file_name} is not a WebAssembly file", hint="it does not begin with \\0asm")
    name, version, kind = _release_of(file_name)
    artifact = Artifact(file_name, sha256, kind, len(data))
    return Subject(f"pkg:pypi/{name}@{version}", "pypi", name, version, artifact)


def _release_of(file_name: str) -> tuple[str, str, ArtifactKind]:
    from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename

    try:
        if file_name.endswith(".whl"):
            name, version, _, _ = parse_wheel_filename(file_name)
            return name, str(version), ArtifactKind.WHEEL
        name, version = parse_sdist_filename(file_name)
        return name, str(version), ArtifactKind.SDIST
    except (InvalidWheelFilename, InvalidSdistFilename) as error:
        raise InvalidSubjectError(
            f"{file_name} is not named like an artifact: {error}",
            hint="known: name-version.tar.gz, .zip, .whl and .wasm",
        ) from None
