"""One artifact, read: its members with sdist roots stripped and inner links resolved, and counts over them."""

from __future__ import annotations

import dataclasses
import hashlib
import posixpath
import re
from dataclasses import dataclass

from supplytrust.model.claims.artifact import ArtifactContents, ContainerAudit, Member, MemberKind
from supplytrust.model.subject import Artifact, ArtifactKind
from supplytrust.ports import archive
from supplytrust.ports.archive import Entry, Keep, Limits, textual
from supplytrust.ports.sniff import kind_of
from supplytrust.ports.spool import Spool

_TEST = re.compile(r"(^|/)(tests?|testing)/|(^|/)(test_[^/]*|[^/]*_test|conftest)\.py$")


@dataclass(frozen=True, slots=True)
class Contents:
    """A read artifact. `files` have paths as an installer or builder would see them; `digest` is of its bytes."""

    file_name: str
    kind: ArtifactKind
    digest: str
    files: tuple[Entry, ...]
    problems: tuple[str, ...]

    def file(self, path: str) -> Entry | None:
        """The last member of this path, as an unpacker would leave it."""
        return next((f for f in reversed(self.files) if f.path == path), None)

    def text(self, path: str) -> str | None:
        """A member's text; None when there is no such member or its bytes were not kept."""
        found = self.file(path)
        data = None if found is None else found.data
        return None if data is None else data.decode("utf-8", "replace")

    @property
    def dist_info(self) -> str:
        """A wheel's metadata folder with a slash at its end; '' when there is none at the top."""
        tops = (f.path.partition("/")[0] for f in self.files if f.path.endswith(".dist-info/METADATA"))
        folder = next((top for top in tops if top.endswith(".dist-info")), "")
        return f"{folder}/" if folder else ""


def read(
    artifact: Artifact,
    data: bytes,
    *,
    keep: Keep = textual,
    spool: Spool | None = None,
    limits: Limits | None = None,
) -> Contents:
    """Read an artifact's bytes. MalformedError, TooLargeError."""
    found = archive.read(data, artifact.file_name, keep=keep, spool=spool, limits=limits)
    files, problems = found.entries, set(found.problems)
    if artifact.kind is ArtifactKind.SDIST:
        files, extra = _without_root(files)
        problems |= extra
    return Contents(
        artifact.file_name,
        artifact.kind,
        hashlib.sha256(data).hexdigest(),
        _resolved(files),
        tuple(sorted(problems)),
    )


def _without_root(files: tuple[Entry, ...]) -> tuple[tuple[Entry, ...], set[str]]:
    """A sdist has one top folder (PEP 625); members outside it keep their path and are told."""
    root = files[0].path.lstrip("./").partition("/")[0] + "/" if files else ""
    stripped = tuple(dataclasses.replace(f, path=_inside(f.path, root)) for f in files)
    strangers = {f.path for f in files if not f.path.lstrip("./").startswith(root)}
    return stripped, {f"extra-root: {path}" for path in sorted(strangers)[:20]}


def _inside(path: str, root: str) -> str:
    plain = path.removeprefix("./")
    return plain[len(root) :] if plain.startswith(root) else path


def _resolved(files: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Links to files inside become those files under the link's path; all other links are left out."""
    by_path = {f.path: f for f in files if not f.link}
    out: list[Entry] = []
    for file in files:
        if not file.link:
            out.append(file)
            continue
        target = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), file.link))
        if target in by_path:
            out.append(dataclasses.replace(by_path[target], path=file.path, link=file.link))
    return tuple(out)


def contents_claim(contents: Contents) -> ArtifactContents:
    """The members as a claim."""
    members, lines, tests = [], 0, 0
    for file in contents.files:
        kind, language = kind_of(file.path, file.head)
        members.append(Member(file.path, file.size, file.sha256, kind, language))
        if kind is MemberKind.PYTHON:
            lines += (file.data or b"").count(b"\n")
            tests += bool(_TEST.search(file.path))
    unique = sorted(set(members), key=lambda m: (m.path, m.sha256))
    return ArtifactContents(contents.file_name, contents.kind, tuple(unique), tests, lines)


def audit_claim(contents: Contents) -> ContainerAudit:
    """What is odd about the container as a claim."""
    return ContainerAudit(contents.file_name, contents.problems[:100])
