"""Releases of a crate: which one is meant, what the index says of it, what it needs, how its source is compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from packageurl import PackageURL

from supplytrust.ecosystems.cargo import crate, index, versions
from supplytrust.ecosystems.cargo.address import TYPE
from supplytrust.ecosystems.cargo.index import Line, Page
from supplytrust.ecosystems.cargo.locks import cargo_lock
from supplytrust.ecosystems.cargo.manifest import Manifest, describe_dependencies, disagreements_with_index
from supplytrust.ecosystems.cargo.source_rules import CrateRules
from supplytrust.ecosystems.values import PackageRequest, ProjectFacts, Wish
from supplytrust.errors import InvalidSubjectError, NotFoundError, SourceError
from supplytrust.io.context import CollectContext
from supplytrust.model.claims.artifact import CoreMetadata
from supplytrust.model.claims.release import (
    KnownVulnerabilities,
    ProjectLink,
    ProjectMetadata,
    ReleaseFiles,
    ReleaseOwners,
)
from supplytrust.model.evidence import NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Subject
from supplytrust.model.versions import parse_semantic
from supplytrust.model.vocabulary import EdgeKind


def resolve(wanted: PackageRequest, world: CollectContext) -> Subject:
    """The newest release that is not yanked, finals first (or the one named, even if yanked).

    Raises:
        InvalidSubjectError: name, version or requirement is not of the form that crates have.
        NotFoundError: no such crate or version at the judged moment.
    """
    if wanted.version and not versions.is_whole(wanted.version):
        raise InvalidSubjectError(f"'{wanted.version[:60]}' is not the version of a crate")
    page = index.page(wanted.name, world)
    seen = index.visible(page, world)
    found = _line_of_version(seen, wanted.version) if wanted.version else newest(seen, wanted.specifier)
    if found is None:
        asked = wanted.version or wanted.specifier
        told = f"the index has no release of {page.name}{' ' + asked if asked else ''} up to {world.at:%Y-%m-%d}"
        raise NotFoundError(told)
    if wanted.file_name and wanted.file_name != found.file_name:
        raise NotFoundError(f"{found.name} {found.version} has no file {wanted.file_name[:80]}")
    qualifiers = {"file_name": wanted.file_name} if wanted.file_name else None
    purl = PackageURL(TYPE, None, found.name, found.version, qualifiers).to_string()
    return Subject(purl, TYPE, found.name, found.version, found.artifact())


def _line_of_version(lines: Sequence[Line], version: str) -> Line | None:
    """Exactly this version; without build metadata also the one release that has some."""
    exact = next((one for one in lines if one.version == version), None)
    plain = [one for one in lines if one.version.partition("+")[0] == version]
    return exact or (plain[0] if len(plain) == 1 else None)


def newest(lines: Iterable[Line], requirement: str = "") -> Line | None:
    """What cargo would choose: the highest that is not yanked and fits; without a requirement finals first."""
    standing = [one for one in lines if not one.yanked]
    if requirement:
        try:
            standing = [one for one in standing if versions.holds(requirement, one.version)]
        except ValueError as error:
            raise InvalidSubjectError(f"'{requirement[:60]}' is not a requirement of cargo") from error
        return standing[-1] if standing else None
    finals = [one for one in standing if not parse_semantic(one.version).pre]
    return next(iter((finals or standing)[::-1]), None)


def facts(subject: Subject, world: CollectContext) -> ProjectFacts:
    """The crate's page about this release, nothing later than `world.at`."""
    page = index.page(subject.name, world)
    seen = index.visible(page, world)
    line = next((one for one in seen if one.version == subject.version), None)
    if line is None:
        raise NotFoundError(f"the index does not list {subject.name} {subject.version}")
    history = index.history(seen)
    missing = [
        (ReleaseOwners.__name__, str(NotObservedReason.NOT_PUBLISHED), "the index does not say who may release"),
        (KnownVulnerabilities.__name__, str(NotObservedReason.NOT_PUBLISHED), "the index publishes no advisories"),
    ]
    return ProjectFacts(
        ReleaseFiles(line.version, (line.as_claim(),), line.yanked),
        replace(history, predecessor=versions.predecessor(history, line.version)),
        _metadata(line, subject, world),
        None,
        None,
        tuple(missing),
        _method(page),
    )


def _method(page: Page) -> str:
    left_out = f"; {page.skipped} lines that cannot be read left out" if page.skipped else ""
    times = "" if page.believable else "; times out of order and not believed"
    kept = f", as it was on {page.kept_at:%Y-%m-%d %H:%M} UTC" if page.kept_at else ""
    return f"sparse index{kept}{left_out}{times}"


def _metadata(line: Line, subject: Subject, world: CollectContext) -> ProjectMetadata:
    """What the index lists of the release; the links that it does not have are the crate's own word."""
    own = _own_manifest(subject, world)
    told = (("repository", own.repository), ("homepage", own.homepage)) if own else ()
    return ProjectMetadata(
        line.name,
        line.version,
        own.description if own else "",
        own.license if own else "",
        "",
        describe_dependencies(line.dependencies, line.features),
        tuple(sorted((ProjectLink(label, url) for label, url in told if url), key=lambda k: (k.label, k.url))),
        "",
        "",
    )


def _own_manifest(subject: Subject, world: CollectContext) -> Manifest | None:
    from supplytrust.ecosystems import artifact_cache  # it fetches through this folder

    if subject.artifact is None:
        return None
    try:
        return crate.manifest(artifact_cache.of(subject, subject.artifact, world).contents)
    except SourceError:
        return None


def commit_rules(subject: Subject, world: CollectContext) -> CrateRules:
    """How the crate of a release compares with a commit; the index is asked about its manifest and its lock."""
    line = _line_of(subject, world)
    return CrateRules(
        subject.version,
        lambda data: check_lock(subject, data, world),
        lambda manifest: line is not None and not disagreements_with_index(manifest, line),
    )


def check_lock(subject: Subject, data: bytes, world: CollectContext) -> str:
    """What is wrong with the lock that a crate brings; '' for nothing (`cargo_lock.check_shipped`)."""
    line = _line_of(subject, world)
    return cargo_lock.check_shipped(data, line.published if line else None, world)


def _line_of(subject: Subject, world: CollectContext) -> Line | None:
    try:
        return index.page(subject.name, world).line(subject.version)
    except SourceError:
        return None


# --- dependencies


def wishes(node: SubjectEvidence) -> tuple[Wish, ...]:
    """Dependencies that a plain build takes in: those not optional, optional ones of the default features, and what
    the build needs. Which targets are meant is not known, so all of them count."""
    judged = node.subject.artifact.file_name if node.subject.artifact else ""
    own = next((seen.claim for seen in node.all(CoreMetadata) if seen.claim.file_name == judged), None)
    listed = node.newest(ProjectMetadata)
    needed = own.requires_dist if own else listed.claim.requires_dist if listed else ()
    found = {(w.wanted, w.kind): w for w in _read_wishes(needed)}
    return tuple(sorted(found.values(), key=lambda w: (w.kind.value, w.wanted.name)))


def _read_wishes(needed: Iterable[str]) -> Iterator[Wish]:
    for text in needed:
        head, _, tail = text.partition("; ")
        name, _, requirement = head.partition(" ")
        marks = tail.split(", ") if tail else []
        if "optional" in marks and "in default features" not in marks:
            continue
        package = next((m.removeprefix("package ") for m in marks if m.startswith("package ")), name)
        kind = EdgeKind.BUILD if "build" in marks else EdgeKind.LINK
        wanted = PackageRequest(TYPE, package, specifier="" if requirement == "*" else requirement)
        yield Wish(wanted, kind, "declared", "Cargo.toml")
