"""What the judged artifact is linked against (ELF dynamic sections) and whom its code may reach. Nothing is run."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import replace

from supplytrust import ecosystems
from supplytrust.ecosystems import artifact_cache, python_reading
from supplytrust.ecosystems.artifact_cache import Reading
from supplytrust.errors import MalformedError, NotFoundError
from supplytrust.evidence.source_code.fuzz_setup import reach as runs
from supplytrust.io.archives import elf
from supplytrust.io.archives.collector import Entry
from supplytrust.io.context import BytesAnswer, CollectContext, SourceClaim, not_observed
from supplytrust.model.claims.artifact import ArtifactContents, LinkedLibraries, MemberKind, NativeFile, RunTimeReach
from supplytrust.model.claims.claim import Claim
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Subject

NAME = "linked"
OFFERS: tuple[type[Claim], ...] = (LinkedLibraries, RunTimeReach)
NEEDS: tuple[type[Claim], ...] = (ArtifactContents,)
ECOSYSTEMS = ecosystems.known_types()
MOST = 500
_GRADES = ("call", "address", "client")  # the best known come first, so that no bound cuts them off
_ASIDE = ("test", "example")


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:
    """Read the native and Python members of the judged file."""
    artifact = subject.artifact
    if artifact is None:
        raise NotFoundError("the release has no file that can be judged")
    if not any(seen.claim.file_name == artifact.file_name for seen in known.all(ArtifactContents)):
        return [
            not_observed(kind, NotObservedReason.DEPENDS, "the contents of the artifact are not known")
            for kind in OFFERS
        ]
    files = (subject, [artifact])
    return artifact_cache.ask(NAME, BytesAnswer, files, world, lambda readings: _read(readings[0])).seen


def _read(reading: Reading) -> BytesAnswer:
    artifact, entries = reading.artifact, reading.contents.files
    installed = artifact.kind.is_built
    claim = _reach(artifact.file_name, entries, installed=installed)
    reached = SourceClaim(claim, "Python syntax trees")
    if installed:
        return BytesAnswer((reached, SourceClaim(_links(artifact.file_name, entries), "ELF dynamic sections")))
    why = "a source distribution is not linked yet"
    return BytesAnswer((reached,), (not_observed(LinkedLibraries, NotObservedReason.NOT_APPLICABLE, why),))


def _links(file_name: str, entries: Sequence[Entry]) -> LinkedLibraries:
    files: list[NativeFile] = []
    unread: list[str] = []
    for entry in (e for e in entries if e.kind is MemberKind.NATIVE):
        try:
            opened = entry.open()
            if not entry.head.startswith(elf.MAGIC) or opened is None:
                raise MalformedError("not an ELF file, or too large to be kept")
            files.append(elf.read(entry.path, opened))
        except MalformedError:
            unread.append(entry.path)
    brought = {posixpath.basename(path) for path in (*(f.path for f in files), *unread)} | {f.soname for f in files}
    needed = {name for f in files for name in f.needed}
    host = tuple(sorted(needed - brought))
    return LinkedLibraries(
        file_name, tuple(sorted(files)), tuple(sorted(needed & brought)), host, elf.platform(files, host), tuple(unread)
    )


def _reach(file_name: str, entries: Sequence[Entry], *, installed: bool) -> RunTimeReach:
    """Of a source distribution it is not known which files become part of what runs: nothing in it counts as called."""
    modules = [e for e in entries if e.path.endswith(".py") and e.kept and runs(e.path) not in _ASIDE]
    read = [python_reading.references_of(e.path, e.data or b"") for e in modules]
    names = sorted({name for loaded, _ in read for name in loaded})
    seen = {e if installed or e.known_by != "call" else replace(e, known_by="address") for _, f in read for e in f}
    endpoints = sorted(seen, key=lambda e: (_GRADES.index(e.known_by), e))
    return RunTimeReach(file_name, tuple(names[:MOST]), tuple(endpoints[:MOST]))
