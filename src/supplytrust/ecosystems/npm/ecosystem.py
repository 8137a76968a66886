"""JavaScript packages as an ecosystem: each question goes to the module of this folder that answers it.

Modules are imported when they are asked: most calls need few of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Unpack

from supplytrust.ecosystems.contents import Contents, ReadingOptions, audit_claim, contents_claim
from supplytrust.ecosystems.npm.versions import VERSIONS, is_whole
from supplytrust.ecosystems.protocol import ArtifactReader, Ecosystem
from supplytrust.ecosystems.rebuild_backend import RebuildBackend
from supplytrust.ecosystems.values import IndexedFile, PackageRequest, ParsedName, ProjectFacts, SignedListing, Wish
from supplytrust.evidence.repository.artifact_diff import PackagingRules
from supplytrust.io.context import CollectContext
from supplytrust.model.claims.artifact import (
    ArtifactContents,
    BuildSystem,
    ChangeSincePredecessor,
    ContainerAudit,
    CoreMetadata,
    StartupHooks,
)
from supplytrust.model.claims.release import NameNeighbours, ReleaseHistory, VersionStep
from supplytrust.model.evidence import SubjectEvidence
from supplytrust.model.policy import Settings
from supplytrust.model.subject import Artifact, ArtifactKind, Subject

PUBLISH = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1"


class JavaScriptPackages(Ecosystem):
    """Packages of a registry that serves packuments."""

    TYPE = "npm"
    VERSIONS = VERSIONS
    VERSION_RULES = "Semantic Versioning writes them"
    FILE_SUFFIXES = (".tgz",)
    NAMESPACES = True
    TAG_WORDS = frozenset(["js", "node", "npm"])
    SOURCE_TREE = ("package.json",)
    TRAITS = frozenset(["attestations", "rebuild", "signed-listings"])

    def resolve(self, wanted: PackageRequest, world: CollectContext) -> Subject:
        """The release that the tag `latest` names, or the one named."""
        from supplytrust.ecosystems.npm import releases

        return releases.resolve(wanted, world)

    def facts(self, subject: Subject, world: CollectContext) -> ProjectFacts:
        """The registry's document."""
        from supplytrust.ecosystems.npm import releases

        return releases.facts(subject, world)

    def fetch(self, subject: Subject, artifact: Artifact, world: CollectContext) -> bytes:
        """The tarball of a release."""
        from supplytrust.ecosystems.npm import releases

        return releases.fetch(subject, artifact, world)

    def index_address(self, name: str, world: CollectContext) -> str:
        """The base of the registry that is asked about a package."""
        return self.configured_index(name, world.settings)

    def configured_index(self, name: str, settings: Settings) -> str:
        """The setting, else the client's configuration (of the scope first), else the public registry."""
        from supplytrust.ecosystems.npm.packument import registry_base

        return registry_base(settings, name=name)

    def same_index(self, one: str, other: str) -> bool:
        """By scheme, host and port."""
        from supplytrust.ecosystems.npm.packument import same_index

        return same_index(one, other)

    def is_default_index(self, address: str) -> bool:
        """The public registry's."""
        from supplytrust.ecosystems.npm.packument import is_public

        return is_public(address)

    def index_files(self, name: str, world: CollectContext) -> Sequence[IndexedFile]:
        """Every release of a package; each is one file."""
        from supplytrust.ecosystems.npm import packument

        return packument.visible(packument.packument(name, world), world)

    def first_release(self, name: str, world: CollectContext) -> datetime | None:
        """The first publication of the name; None when a release has no time, or the times are not believed."""
        from supplytrust.ecosystems.npm import packument

        times = [one.published for one in packument.packument(name, world).releases]
        known = [time for time in times if time is not None]
        return min(known) if known and len(known) == len(times) else None

    def fetch_attestations(self, subject: Subject, artifact: Artifact, world: CollectContext) -> bytes:
        """The document of attestations that the registry names."""
        from supplytrust.ecosystems.npm import releases

        return releases.fetch_attestations(subject, artifact, world)

    def signed_listing(self, subject: Subject, artifact: Artifact, world: CollectContext) -> SignedListing:
        """Name, version and digest, as `dist.signatures` of the registry's document sign them."""
        from supplytrust.ecosystems.npm import releases

        return releases.signed_listing(subject, artifact, world)

    def client_keys(self) -> bytes:
        """Those of the public registry, which the client ships as a target of sigstore's root-signing."""
        from supplytrust.ecosystems.npm import releases

        return releases.client_keys()

    def signed_predicates(self) -> frozenset[str]:
        """The publish attestation, which the registry's own key signs."""
        return frozenset({PUBLISH})

    def read_artifact(self, artifact: Artifact, data: bytes, **how: Unpack[ReadingOptions]) -> Contents:
        """A tarball below its one folder."""
        from supplytrust.ecosystems.npm import tarball

        return tarball.read(artifact, data, **how)

    def canonical_name(self, name: str) -> str:
        """As given: names of the registry are told apart by case."""
        from supplytrust.ecosystems.npm.manifest import check_name

        return check_name(name)

    def canonical_version(self, text: str) -> str | None:
        """As given, when it has three numbers."""
        return text if is_whole(text) else None

    def normal_name(self, name: str) -> str:
        """As given: old names differ in case only, and scopes are part of the name."""
        return name.strip()

    def parse_filename(self, file_name: str, project: str = "") -> ParsedName | None:
        """`name-version.tgz`; the scope is not in it."""
        from supplytrust.ecosystems.npm.tarball import release_named

        named = release_named(file_name)
        if named is None or (project and project.rpartition("/")[2] != named[0]):
            return None
        return ParsedName(project or named[0], named[1], ArtifactKind.BUILT)

    def version_step(self, before: str, now: str, history: ReleaseHistory) -> VersionStep:  # noqa: ARG002
        """As caret ranges take the numbers."""
        from supplytrust.ecosystems.npm import versions

        return versions.step(before, now)

    def name_neighbours(self, name: str) -> NameNeighbours:
        """By the shipped list of popular packages."""
        from supplytrust.ecosystems.npm import manifest

        return manifest.neighbours(name)

    def artifact_readers(self, kind: ArtifactKind) -> tuple[ArtifactReader, ...]:  # noqa: ARG002
        """Members, manifest, and what runs when it is installed."""
        from supplytrust.ecosystems.npm import tarball

        return (
            (ArtifactContents, contents_claim),
            (ContainerAudit, audit_claim),
            (CoreMetadata, tarball.core_metadata),
            (BuildSystem, tarball.build_system),
            (StartupHooks, tarball.startup_hooks),
        )

    def packaging_rules(self, subject: Subject, world: CollectContext) -> PackagingRules:  # noqa: ARG002
        """What the client packs of a tree; only the package's own place in it explains a file."""
        from supplytrust.ecosystems.npm.source_rules import PackRules

        rules = PackRules(subject.name)
        return PackagingRules(lambda *_: False, by_commit=rules, is_own=rules.is_own, best_tag=True)

    def rebuild_backend(self) -> RebuildBackend:
        """Packing the tag's tree again."""
        from supplytrust.ecosystems.npm.rebuild import REBUILD

        return REBUILD

    def change(
        self, predecessor: str, before: Contents, now: Contents, sizes: tuple[int, int]
    ) -> ChangeSincePredecessor:
        """New install scripts, commands and opaque members."""
        from supplytrust.ecosystems.npm.tarball import change

        return change(predecessor, before, now, sizes)

    def run_time_names(self, contents: Contents) -> frozenset[str]:
        """What an installer takes in with the package."""
        from supplytrust.ecosystems.npm.tarball import run_time_names

        return run_time_names(contents)

    def declared_requirements(self, node: SubjectEvidence) -> tuple[Wish, ...]:
        """Dependencies, optional ones, and peers that are not optional."""
        from supplytrust.ecosystems.npm import releases

        return releases.wishes(node)


ECOSYSTEM = JavaScriptPackages()
