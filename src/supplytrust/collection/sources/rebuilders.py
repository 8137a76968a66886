"""Others who built the release again, as far as the relying party names them: their signed statements about the file.

`[rebuilders."NAME"]` names `statements` (a file, a folder, or an address with {type}, {name}, {version} and {file} in
it), the `key` that signs them and the `scope` in which they count. In a folder they lie as the rebuilder publishes
them (`TYPE/NAME/VERSION/FILE/rebuild.intoto.jsonl`), or beside each other, named after the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import quote

from supplytrust import ecosystems
from supplytrust.errors import MalformedError, NotAskedError, NotFoundError, SupplytrustError
from supplytrust.evidence.attestations.rebuild_statements import LIMITS, MOST_LINES, read_statements
from supplytrust.evidence.attestations.statement import AttestedFile
from supplytrust.io.context import CollectContext, SourceClaim, not_observed
from supplytrust.model.claims.artifact import MeasuredDigest
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.rebuild import RebuiltByOthers
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.policy import Rebuilder
from supplytrust.model.subject import Subject
from supplytrust.records.keys import VerificationKey, read_key

NAME = "rebuilders"
OFFERS: tuple[type[Claim], ...] = (RebuiltByOthers,)
NEEDS: tuple[type[Claim], ...] = (MeasuredDigest,)
ECOSYSTEMS: tuple[str, ...] = ()
PUBLISHED = "{type}/{name}/{version}/{file}/rebuild.intoto.jsonl"
ENDINGS = (".rebuild.intoto.jsonl", ".intoto.jsonl", ".rebuild.json", ".link")
MOST_FILES = 16

Seen = list[SourceClaim | NotObserved]


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:
    """What each rebuilder in scope says of the judged file; of one that says nothing, why."""
    if not world.settings.rebuilders:
        raise NotAskedError("no rebuilder is configured", hint='[rebuilders."NAME"]')
    artifact = subject.artifact
    if artifact is None:
        raise NotFoundError(f"{subject.name} has no file to judge")
    measured = [m.claim.measured for m in known.all(MeasuredDigest) if m.claim.file_name == artifact.file_name]
    names = ecosystems.for_type(subject.type).same_file if subject.type in ecosystems.known_types() else _same
    file = AttestedFile(artifact.file_name, measured[0] if measured else artifact.sha256, names)
    seen = Seen()
    for name, rebuilder in sorted(world.settings.rebuilders.items()):
        if any(fnmatchcase(subject.package, pattern) for pattern in rebuilder.scope):
            seen += _listen(name, rebuilder, subject, file, world)
    return seen or [not_observed(RebuiltByOthers, NotObservedReason.NOT_FOUND, "the package is in nobody's scope")]


def _same(one: str, other: str) -> bool:
    return one == other


def _listen(name: str, rebuilder: Rebuilder, subject: Subject, file: AttestedFile, world: CollectContext) -> Seen:
    seen = Seen()
    try:
        key = _key(name, rebuilder)
        for data in _documents(rebuilder, subject, file.name, world):
            read = read_statements(data, key, file)
            digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
            for one in read.statements:
                if one.at is None or one.at <= world.at:
                    made = RebuiltByOthers(file.name, file.sha256, name, one.closeness.value, one.builder, one.at)
                    seen.append(SourceClaim(made, f"statement of {name}", digest, name))
            for why, count in read.skipped:
                told = f"{name}: {count} statements are not used: {why}"
                seen.append(not_observed(RebuiltByOthers, NotObservedReason.MALFORMED, told))
    except SupplytrustError as error:
        reason = (
            NotObservedReason(error.reason) if error.reason in set(NotObservedReason) else NotObservedReason.MALFORMED
        )
        seen.append(not_observed(RebuiltByOthers, reason, f"{name}: {error.message}"))
    return seen or [not_observed(RebuiltByOthers, NotObservedReason.NOT_FOUND, f"{name} has no statement about it")]


def _documents(rebuilder: Rebuilder, subject: Subject, file: str, world: CollectContext) -> Iterator[bytes]:
    place = rebuilder.statements
    full = f"{subject.namespace}/{subject.name}" if subject.namespace else subject.name
    values = {"type": subject.type, "name": full, "version": subject.version, "file": file}
    if "://" in place:
        quoted = {key: quote(value, safe="/") for key, value in values.items()}
        yield world.http.get(place.format_map(quoted), limit=LIMITS.size * MOST_LINES).body
        return
    folder = Path(place)
    if not folder.is_dir():
        yield _read(folder)
        return
    if any(part in ("..", "") or "\\" in part for value in values.values() for part in value.split("/")):
        raise NotFoundError("the release has a name that is no path")
    candidates = [folder / PUBLISHED.format_map(values), *(folder / f"{file}{ending}" for ending in ENDINGS)]
    for path in [path for path in candidates if path.is_file()][:MOST_FILES]:
        yield _read(path)


def _key(name: str, rebuilder: Rebuilder) -> VerificationKey:
    return read_key(_read(Path(rebuilder.key)), owner=name)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LIMITS.size * MOST_LINES:
            raise MalformedError(f"{path.name} is larger than statements may be")
        return path.read_bytes()
    except OSError as error:
        raise MalformedError(f"{path.name} cannot be read: {error.strerror}") from error
