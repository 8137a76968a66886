"""Rust crates as an ecosystem: each question goes to the module of this folder that answers it.

Modules are imported when they are asked: most calls need few of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Unpack

from supplytrust.ecosystems import near_names
from supplytrust.ecosystems.cargo.versions import VERSIONS, is_whole
from supplytrust.ecosystems.contents import Contents, ReadingOptions, audit_claim, contents_claim
from supplytrust.ecosystems.protocol import ArtifactReader, Ecosystem
from supplytrust.ecosystems.rebuild_backend import RebuildBackend
from supplytrust.ecosystems.values import IndexedFile, PackageRequest, ParsedName, ProjectFacts, Wish
from supplytrust.errors import NotFoundError
from supplytrust.evidence.repository.artifact_diff import PackagingRules
from supplytrust.io.context import CollectContext
from supplytrust.model.claims.artifact import (
    ArtifactContents,
    ChangeSincePredecessor,
    ContainerAudit,
    CoreMetadata,
    StartupHooks,
)
from supplytrust.model.claims.release import NameNeighbours, ReleaseHistory, VersionStep
from supplytrust.model.evidence import SubjectEvidence
from supplytrust.model.policy import Settings
from supplytrust.model.subject import Artifact, ArtifactKind, Subject

_AFFIXES = frozenset(
    ["rs", "rust", "cargo", "lib", "core", "client", "api", "sdk", "sdks", "tool", "tools", "utils", "derive-rs", "s"]
)


class RustCrates(Ecosystem):
    """Crates of a registry with a sparse index."""

    TYPE = "cargo"
    VERSIONS = VERSIONS
    VERSION_RULES = "Semantic Versioning writes them"
    FILE_SUFFIXES = (".crate",)
    TAG_WORDS = frozenset(["rs", "rust", "crate"])
    SOURCE_TREE = ("Cargo.toml",)
    TRAITS = frozenset(["attestations", "lines", "rebuild", "stated-commit"])

    def resolve(self, wanted: PackageRequest, world: CollectContext) -> Subject:
        """The newest release that is not yanked (or the one named, even if yanked)."""
        from supplytrust.ecosystems.cargo import releases

        return releases.resolve(wanted, world)

    def facts(self, subject: Subject, world: CollectContext) -> ProjectFacts:
        """The crate's page, and what its own manifest says of the project."""
        from supplytrust.ecosystems.cargo import releases

        return releases.facts(subject, world)

    def fetch(self, subject: Subject, artifact: Artifact, world: CollectContext) -> bytes:
        """The crate that the registry gives for a version."""
        from supplytrust.ecosystems.cargo import index

        return index.fetch(subject, artifact, world)

    def index_address(self, name: str, world: CollectContext) -> str:
        """The base of the sparse index."""
        return self.configured_index(name, world.settings)

    def configured_index(self, name: str, settings: Settings) -> str:
        """The setting, else cargo's configuration, else the index that cargo keeps pages of."""
        from supplytrust.ecosystems.cargo.address import sparse_base

        return sparse_base(settings, name=name)

    def same_index(self, one: str, other: str) -> bool:
        """With or without cargo's mark of the protocol."""
        from supplytrust.ecosystems.cargo.address import same_index

        return same_index(one, other)

    def is_default_index(self, address: str) -> bool:
        """The public registry's."""
        from supplytrust.ecosystems.cargo.address import is_public

        return is_public(address)

    def index_files(self, name: str, world: CollectContext) -> Sequence[IndexedFile]:
        """Every release of a crate; each is one file."""
        from supplytrust.ecosystems.cargo import index

        return index.visible(index.page(name, world), world)

    def first_release(self, name: str, world: CollectContext) -> datetime | None:
        """The first publication of the name; None when a release has no time."""
        from supplytrust.ecosystems.cargo import index

        times = [line.published for line in index.page(name, world).lines]
        known = [time for time in times if time is not None]
        return min(known) if known and len(known) == len(times) else None

    def fetch_attestations(self, subject: Subject, artifact: Artifact, world: CollectContext) -> bytes:  # noqa: ARG002
        """The index has none."""
        raise NotFoundError(f"the index offers no attestation of {artifact.file_name}")

    def read_artifact(self, artifact: Artifact, data: bytes, **how: Unpack[ReadingOptions]) -> Contents:
        """A crate below its one folder."""
        from supplytrust.ecosystems.cargo import crate

        return crate.read(artifact, data, **how)

    def canonical_name(self, name: str) -> str:
        """As given: the index says how a crate is written."""
        from supplytrust.ecosystems.cargo.index import check_name

        return check_name(name)

    def canonical_version(self, text: str) -> str | None:
        """As given, when it has three numbers: build metadata is a part of the name of a release."""
        return text if is_whole(text) else None

    def normal_name(self, name: str) -> str:
        """Case and kind of dash make no difference."""
        from supplytrust.ecosystems.cargo.index import normal_name

        return normal_name(name)

    def parse_filename(self, file_name: str, project: str = "") -> ParsedName | None:
        """`name-version.crate`."""
        from supplytrust.ecosystems.cargo.crate import release_named

        named = release_named(file_name)
        if named is None or (project and self.normal_name(project) != self.normal_name(named[0])):
            return None
        return ParsedName(named[0], named[1], ArtifactKind.SOURCE)

    def version_step(self, before: str, now: str, history: ReleaseHistory) -> VersionStep:  # noqa: ARG002
        """As cargo takes the numbers."""
        from supplytrust.ecosystems.cargo import versions

        return versions.step(before, now)

    def name_neighbours(self, name: str) -> NameNeighbours:
        """By the shipped list of popular crates."""
        from supplytrust.ecosystems.cargo.index import normal_name

        popular = near_names.popular_names(__package__, normal_name)
        return near_names.name_neighbours(normal_name(name), popular, _AFFIXES)

    def artifact_readers(self, kind: ArtifactKind) -> tuple[ArtifactReader, ...]:  # noqa: ARG002
        """Members, manifest, and what runs when it is built."""
        from supplytrust.ecosystems.cargo import crate

        return (
            (ArtifactContents, contents_claim),
            (ContainerAudit, audit_claim),
            (CoreMetadata, crate.core_metadata),
            (StartupHooks, crate.startup_hooks),
        )

    def rebuild_backend(self) -> RebuildBackend:
        """`cargo package` in a sandbox."""
        from supplytrust.ecosystems.cargo.rebuild import REBUILD

        return REBUILD

    def packaging_rules(self, subject: Subject, world: CollectContext) -> PackagingRules:
        """What `cargo package` makes of a commit; only the crate's own place in it explains a file."""
        from supplytrust.ecosystems.cargo import releases

        return PackagingRules(lambda *_: False, by_commit=releases.commit_rules(subject, world))

    def change(
        self, predecessor: str, before: Contents, now: Contents, sizes: tuple[int, int]
    ) -> ChangeSincePredecessor:
        """New build scripts, macros and opaque members."""
        from supplytrust.ecosystems.cargo.crate import change

        return change(predecessor, before, now, sizes)

    def run_time_names(self, contents: Contents) -> frozenset[str]:
        """What a build of the crate may take in."""
        from supplytrust.ecosystems.cargo.crate import run_time_names

        return run_time_names(contents)

    def declared_requirements(self, node: SubjectEvidence) -> tuple[Wish, ...]:
        """Dependencies of the manifest that are in use by default, and what its build needs."""
        from supplytrust.ecosystems.cargo import releases

        return releases.wishes(node)


ECOSYSTEM = RustCrates()
