"""Python packages as an ecosystem: each question goes to the module of this folder that answers it.

Modules are imported when they are asked: most calls need few of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Unpack, cast

from packaging.version import Version

from supplytrust.ecosystems import near_names
from supplytrust.ecosystems.contents import Contents, ReadingOptions, audit_claim, contents_claim
from supplytrust.ecosystems.inventory import Inventory
from supplytrust.ecosystems.protocol import ArtifactReader, Ecosystem
from supplytrust.ecosystems.pypi import installed_packages
from supplytrust.ecosystems.pypi.files import IndexFile
from supplytrust.ecosystems.pypi.versions import VERSIONS
from supplytrust.ecosystems.rebuild_backend import RebuildBackend
from supplytrust.ecosystems.values import (
    IndexedFile,
    InterfaceComparison,
    PackageRequest,
    ParsedName,
    ProjectFacts,
    Wish,
)
from supplytrust.evidence.repository.artifact_diff import PackagingRules
from supplytrust.io.context import CollectContext
from supplytrust.model.claims.artifact import (
    ArtifactContents,
    BuildSystem,
    ChangeSincePredecessor,
    ContainerAudit,
    CoreMetadata,
    RecordCheck,
    StartupHooks,
    WheelAgainstSdist,
)
from supplytrust.model.claims.release import NameNeighbours, ReleaseHistory, VersionStep
from supplytrust.model.evidence import SubjectEvidence
from supplytrust.model.policy import Settings
from supplytrust.model.subject import Artifact, ArtifactKind, Subject, normal_name

_AFFIXES = frozenset(["python", "py", "lib", "pip", "dev", "core", "client", "api", "sdk", "tool", "tools", "utils"])


class PythonPackages(Ecosystem):
    """Wheels and source distributions of a Simple API (PEP 503, PEP 691)."""

    TYPE = "pypi"
    VERSIONS = VERSIONS
    VERSION_RULES = "PEP 440 writes them"
    FILE_SUFFIXES = (".tar.gz", ".zip", ".whl")
    BARE_NAMES = True
    TAG_WORDS = frozenset(["py", "python"])  # `py-1.2.3`, `python-v1.2.3`
    TRAITS = frozenset(["attestations", "interface", "rebuild", "wheels"])
    SOURCE_TREE = ("pyproject.toml", "setup.py", "setup.cfg")
    ADVISORY_DUMP = "https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip"
    CLIENT = "pip"

    def resolve(self, wanted: PackageRequest, world: CollectContext) -> Subject:
        """The newest non-yanked release (or the one named, even if yanked) and the file an install would take."""
        from supplytrust.ecosystems import pypi

        return pypi.resolve(wanted, world)

    def facts(self, subject: Subject, world: CollectContext) -> ProjectFacts:
        """The documents of the Simple API and the JSON API."""
        from supplytrust.ecosystems import pypi

        return pypi.facts(subject, world)

    def fetch(self, subject: Subject, artifact: Artifact, world: CollectContext) -> bytes:
        """A listed file."""
        from supplytrust.ecosystems import pypi

        return pypi.fetch(subject, artifact, world)

    def index_address(self, name: str, world: CollectContext) -> str:
        """The base of the Simple API that is asked about a package."""
        from supplytrust.ecosystems import pypi

        return pypi.index_address(name, world)

    def configured_index(self, name: str, settings: Settings) -> str:
        """The setting, else pip's configuration, else the public index."""
        from supplytrust.ecosystems.pypi.address import simple_base

        return simple_base(settings, name=name)

    def index_files(self, name: str, world: CollectContext) -> Sequence[IndexedFile]:
        """Every file of the listing, with upload times as far as known."""
        from supplytrust.ecosystems import pypi

        return pypi.index_files(name, world)

    def first_release(self, name: str, world: CollectContext) -> datetime | None:
        """The first upload; None when not all files have a time."""
        from supplytrust.ecosystems import pypi

        return pypi.first_release(name, world)

    def fetch_attestations(self, subject: Subject, artifact: Artifact, world: CollectContext) -> bytes:
        """The provenance object of a file (PEP 740)."""
        from supplytrust.ecosystems import pypi

        return pypi.fetch_provenance(subject, artifact, world)

    def toolchains(self) -> tuple[str, ...]:
        """CPython series on the search path, newest first."""
        from supplytrust.ecosystems.pypi.rebuild import environment

        return tuple(f"CPython {one.series}" for one in environment.available())

    def read_artifact(self, artifact: Artifact, data: bytes, **how: Unpack[ReadingOptions]) -> Contents:
        """A wheel as an installer, a sdist as a builder would see it."""
        from supplytrust.ecosystems.pypi import contents

        return contents.read(artifact, data, **how)

    def canonical_name(self, name: str) -> str:
        """PEP 503."""
        from supplytrust.ecosystems import pypi

        return pypi.canonical_name(name)

    def canonical_version(self, text: str) -> str | None:
        """PEP 440; None also for a number of too many digits."""
        try:
            return str(Version(text))
        except ValueError:
            return None

    def normal_name(self, name: str) -> str:
        """PEP 503, of any text."""
        return normal_name(name)

    def same_file(self, one: str, other: str) -> bool:
        """By name, version, build and tags, however they are spelled."""
        from supplytrust.ecosystems.pypi.files import parse_filename

        parsed = parse_filename(one)
        return parsed is not None and parsed == parse_filename(other)

    def signed_predicates(self) -> frozenset[str]:
        """The publish predicate of the index (PEP 740)."""
        from supplytrust.ecosystems import pypi

        return pypi.signed_predicates()

    def parse_filename(self, file_name: str, project: str = "") -> ParsedName | None:
        """PEP 427 and PEP 625, and what came before them."""
        from supplytrust.ecosystems.pypi.files import parse_filename

        parsed = parse_filename(file_name, project)
        return ParsedName(parsed.name, str(parsed.version), parsed.kind) if parsed else None

    def version_step(self, before: str, now: str, history: ReleaseHistory) -> VersionStep:
        """SemVer, calendar versions, pre-releases."""
        from supplytrust.ecosystems.pypi import versions

        return versions.step(before, now, history)

    def name_neighbours(self, name: str) -> NameNeighbours:
        """By the shipped list of popular projects."""
        return near_names.name_neighbours(name, near_names.popular_names(__package__, str.strip), _AFFIXES)

    def same_index(self, one: str, other: str) -> bool:
        """However they are written: login, case, port, slashes, `simple`."""
        from supplytrust.ecosystems.pypi import address

        return address.same_index(one, other)

    def is_default_index(self, address: str) -> bool:
        """The public index."""
        from supplytrust.ecosystems.pypi.address import is_default

        return is_default(address)

    def files_to_read(self, subject: Subject) -> tuple[Artifact, ...]:
        """The judged file; then the sdist beside a wheel, or the first wheel beside a sdist."""
        judged = subject.artifact
        if judged is None:
            return ()
        other = ArtifactKind.WHEEL if judged.kind is ArtifactKind.SDIST else ArtifactKind.SDIST
        return (judged, *[a for a in subject.others if a.kind is other][:1])

    def artifact_readers(self, kind: ArtifactKind) -> tuple[ArtifactReader, ...]:
        """Members, metadata and start-up code of both kinds; RECORD of a wheel, build system of a sdist."""
        from supplytrust.ecosystems.pypi import core_metadata, hooks, wheel_record

        both: tuple[ArtifactReader, ...] = (
            (ArtifactContents, contents_claim),
            (ContainerAudit, audit_claim),
            (CoreMetadata, core_metadata.core_metadata),
            (StartupHooks, hooks.startup_hooks),
        )
        one: dict[ArtifactKind, ArtifactReader] = {
            ArtifactKind.WHEEL: (RecordCheck, wheel_record.check),
            ArtifactKind.SDIST: (BuildSystem, hooks.build_system),
        }
        return (*both, one[kind]) if kind in one else both

    def rebuild_backend(self) -> RebuildBackend:
        """PEP 517 builds in a sandbox."""
        from supplytrust.ecosystems.pypi.rebuild.attempts import REBUILD

        return REBUILD

    def packaging_rules(self, subject: Subject, world: CollectContext) -> PackagingRules:  # noqa: ARG002
        """What wheels and sdists make of a source tree."""
        from supplytrust.ecosystems.pypi import build_outputs

        return build_outputs.PACKAGING

    def compare_with_source(self, built: Contents, source: Contents) -> WheelAgainstSdist:
        """By content, member by member."""
        from supplytrust.ecosystems.pypi import wheel_against_sdist

        return wheel_against_sdist.compare(built, source)

    def select_for_install(self, files: Sequence[IndexedFile]) -> IndexedFile | None:
        """As pip chooses on this interpreter."""
        from supplytrust.ecosystems.pypi.files import select_for_install

        return select_for_install(cast("Sequence[IndexFile]", files))

    def counterpart(self, artifact: Artifact, earlier: Iterable[IndexedFile]) -> IndexedFile | None:
        """The earlier file for the same platform if there is one, else what an install would take of that kind."""
        same = [f for f in earlier if f.kind is artifact.kind]
        tail = artifact.file_name.split("-")[2:]
        twin = [f for f in same if artifact.kind is ArtifactKind.WHEEL and f.file_name.split("-")[2:] == tail]
        return twin[0] if twin else self.select_for_install(same)

    def change(
        self, predecessor: str, before: Contents, now: Contents, sizes: tuple[int, int]
    ) -> ChangeSincePredecessor:
        """New start-up code, scripts and opaque members."""
        from supplytrust.ecosystems.pypi.hooks import change

        return change(predecessor, before, now, sizes)

    def run_time_names(self, contents: Contents) -> frozenset[str]:
        """`Requires-Dist` without extras. NotFoundError, MalformedError."""
        from supplytrust.ecosystems.pypi.core_metadata import core_metadata
        from supplytrust.ecosystems.pypi.versions import run_time_names

        return run_time_names(core_metadata(contents).requires_dist)

    def has_interface(self, artifact: Artifact) -> bool:
        """Pure wheels: a compiled interface is not read."""
        return artifact.kind is ArtifactKind.WHEEL and artifact.file_name.endswith("-none-any.whl")

    def compare_interface(self, before: Contents, now: Contents) -> InterfaceComparison:
        """By outlines of syntax trees."""
        from supplytrust.ecosystems.pypi import api_change

        return api_change.compare(before, now)

    def is_environment(self, path: Path) -> bool:
        """A virtual environment, or a folder of installed packages."""
        return installed_packages.is_environment(path)

    def read_environment(self, path: Path) -> Inventory:
        """Of an environment's folder, of its interpreter or of its site-packages. InputError."""
        return installed_packages.read(path)

    def declared_requirements(self, node: SubjectEvidence) -> tuple[Wish, ...]:
        """Core metadata and PEP 518; after a rebuild that reproduced the file, the tools it used."""
        from supplytrust.ecosystems.pypi.core_metadata import wishes

        return wishes(node)


ECOSYSTEM = PythonPackages()
