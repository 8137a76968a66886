"""From what a person typed to a subject: a purl, a package name, or a path to an artifact (see `subjects`)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from supplytrust import ecosystems
from supplytrust.collection.subjects import request_of
from supplytrust.ecosystems import PackageRequest
from supplytrust.errors import InvalidSubjectError, MalformedError, NotFoundError, NothingToAssessError, SourceError
from supplytrust.formats.codec_scalars import escape_text
from supplytrust.io.context import CollectContext
from supplytrust.model.subject import Artifact, ArtifactKind, Subject
from supplytrust.wasm.oci import find_layout, read_named, split_reference

LONGEST_NAME = 512  # characters
MAX_ARTIFACT = 512 * 2**20


def resolve(text: str, world: CollectContext) -> Subject:
    """The subject meant by `text`, with the artifact that is to be judged.

    What of the text is not looked at is told to the observer, as a "notice".

    Raises:
        InvalidSubjectError: the text is no purl, name or artifact.
        NothingToAssessError: it is one, but there is no such package, version or readable artifact.
    """
    request = request_of(text)
    for notice in request.notices:
        world.progress("notice", notice)
    if request.wanted is None:
        return local_file(request.path, world)
    wanted = request.wanted
    named = f"{wanted.name} {wanted.version}".strip()
    try:
        subject = release(wanted, world, request.sha256)
    except NotFoundError as error:
        raise NothingToAssessError(
            f"no such release: {named} ({error.message})", hint="check the name and the version"
        ) from None
    except SourceError as error:
        raise NothingToAssessError(
            f"nothing to assess: {error.message}", hint=error.hint or "the index must answer at least once"
        ) from None
    if request.literal and subject.version.lower() != wanted.version.lower():
        raise NothingToAssessError(
            f"no such release: {named} (=== compares the text, and the release is called {subject.version})",
            hint=f"write {wanted.name}=={subject.version}",
        )
    return subject


def release(wanted: PackageRequest, world: CollectContext, sha256: tuple[str, ...] = ()) -> Subject:
    """A release with a file of one of these digests (SHA-256 or SHA-512), if any are given: no other is judged."""
    subject = ecosystems.for_type(wanted.type).resolve(wanted, world)
    if not sha256 or (subject.artifact and _has_digest(subject.artifact, sha256)):
        return subject
    others = [] if wanted.file_name else [a for a in subject.others if _has_digest(a, sha256)]
    fitting = sorted(others, key=lambda a: (not a.kind.is_built, not a.kind.is_source, a.file_name))
    if not fitting:
        locked = f"{_algorithm(sha256[0])} ({sha256[0][:8]}...)"
        raise NothingToAssessError(
            f"the index lists no file of {subject.name} {subject.version} with a locked {locked}"
        )
    named = replace(wanted, version=subject.version, file_name=fitting[0].file_name)
    return ecosystems.for_type(wanted.type).resolve(named, world)


def _algorithm(digest: str) -> str:
    return "sha256" if len(digest) == 64 else "sha512"


def _has_digest(artifact: Artifact, digests: tuple[str, ...]) -> bool:
    return any(digest and digest in digests for digest in (artifact.sha256, artifact.sha512))


def local_file(text: str, world: CollectContext) -> Subject:
    """The artifact at a path, as the release that its name tells. NothingToAssessError when it cannot be read."""
    layout = find_layout(text)
    if layout:
        return _workload_of_layout(layout, world)
    try:
        path = Path(text).expanduser()
        if path.is_dir():
            raise _folder(path)
        if path.stat().st_size > MAX_ARTIFACT:
            raise NothingToAssessError(f"{path} is larger than {MAX_ARTIFACT} bytes", hint="such a file is not read")
        data = path.read_bytes()
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: `~` of a person who is not known here
        why = getattr(error, "strerror", None) or "there can be no such file"
        raise NothingToAssessError(f"cannot read {text}: {why}", hint="check the path") from None
    if not data:
        raise NothingToAssessError(f"{path} is empty", hint="name an artifact with contents")
    world.blobs.put(data)
    world.local_folders[hashlib.sha256(data).hexdigest()] = str(path.absolute().parent)
    return subject_of_file(escape_text(path.name, LONGEST_NAME), data)


def _workload_of_layout(text: str, world: CollectContext) -> Subject:
    """The workload that an OCI layout leads to; its subject is the WebAssembly file, not the container."""
    try:
        found = read_named(text)
    except (MalformedError, OSError) as error:
        raise NothingToAssessError(f"cannot read {text}: {error}", hint="name one workload by `layout#tag`") from None
    sha256 = hashlib.sha256(found.wasm).hexdigest()
    world.blobs.put(found.wasm)
    world.layouts[sha256] = text
    stem = Path(split_reference(text)[0]).name.removesuffix(".tar") or "layout"
    return subject_of_file(f"{escape_text(stem, LONGEST_NAME)}.wasm", found.wasm)


def _folder(path: Path) -> NothingToAssessError:
    trees = [name for t in ecosystems.known_types() for name in ecosystems.for_type(t).SOURCE_TREE]
    if any((path / name).is_file() for name in trees):
        return NothingToAssessError(
            f"{path} is a source tree: what it builds is not known before it is built",
            hint="build it and name the file it makes (dist/*.whl), or use `audit` for what it depends on",
        )
    return NothingToAssessError(f"{path} is a folder, not an artifact", hint="name a file, or use `audit` for a folder")


def subject_of_file(file_name: str, data: bytes) -> Subject:
    """The release that a file's name tells, or of a workload its bytes. NothingToAssessError, InvalidSubjectError."""
    sha256 = hashlib.sha256(data).hexdigest()
    if data[:4] == b"\0asm":
        artifact = Artifact(file_name, sha256, ArtifactKind.WORKLOAD, len(data), hashlib.sha384(data).hexdigest())
        stem = file_name.removesuffix(".wasm")
        return Subject(f"pkg:generic/{stem}?checksum=sha256:{sha256}", "generic", stem, "", artifact)
    if file_name.endswith(".wasm"):
        raise NothingToAssessError(f"{file_name} is not a WebAssembly file", hint="it does not begin with \\0asm")
    from packageurl import PackageURL

    named = ecosystems.release_of_file(file_name)
    if named is None:
        suffixes = [s for t in ecosystems.known_types() for s in ecosystems.for_type(t).FILE_SUFFIXES]
        raise InvalidSubjectError(
            f"{file_name} is not named like an artifact of one release",
            hint=f"known: name-version{', '.join(suffixes)} and .wasm",
        )
    purl_type, one = named
    purl = PackageURL(purl_type, None, one.name, one.version).to_string()
    return Subject(purl, purl_type, one.name, one.version, Artifact(file_name, sha256, one.kind, len(data)))
