"""What an ecosystem can be asked. What one does not have raises `NotApplicableError`: unknown, never good."""

from __future__ import annotations

import functools
import importlib.util
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NoReturn, Unpack, cast

from supplytrust.ecosystems.inventory import Inventory, LockFormat
from supplytrust.ecosystems.rebuild_backend import RebuildBackend
from supplytrust.ecosystems.values import (
    IndexedFile,
    InterfaceComparison,
    PackageRequest,
    ParsedName,
    ProjectFacts,
    SignedListing,
    Wish,
)
from supplytrust.errors import NotApplicableError
from supplytrust.evidence.repository.artifact_diff import PackagingRules
from supplytrust.io.context import CollectContext
from supplytrust.model.claims.artifact import ChangeSincePredecessor, WheelAgainstSdist
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.release import NameNeighbours, ReleaseHistory, VersionStep
from supplytrust.model.evidence import SubjectEvidence
from supplytrust.model.policy import Settings
from supplytrust.model.subject import Artifact, ArtifactKind, Subject
from supplytrust.model.versions import UNKNOWN, VersionScheme

if TYPE_CHECKING:
    from supplytrust.ecosystems.contents import Contents, ReadingOptions

ArtifactReader = tuple[type[Claim], "Callable[[Contents], Claim]"]


class Ecosystem(ABC):
    """A purl type. Methods that reach the index raise `errors.SourceError` for what it did.

    The first group every ecosystem has; what it does not override of the rest is not applicable to its packages.
    """

    TYPE: ClassVar[str]
    VERSIONS: ClassVar[VersionScheme] = UNKNOWN  # how versions are read and ordered
    VERSION_RULES: ClassVar[str] = "its packages have"  # a half sentence: who writes versions so
    FILE_SUFFIXES: ClassVar[tuple[str, ...]] = ()  # of artifacts that lie in a folder and can be judged
    BARE_NAMES: ClassVar[bool] = False  # whether a name without a type is a package of this one
    NAMESPACES: ClassVar[bool] = False  # whether its packages may have a namespace
    TAG_WORDS: ClassVar[frozenset[str]] = frozenset()  # what repositories of several languages put before a version
    TRAITS: ClassVar[frozenset[str]] = frozenset()  # which signals beyond those of every type are asked (`SignalMeta`)
    SOURCE_TREE: ClassVar[tuple[str, ...]] = ()  # files by which a folder is seen to be a source tree
    ADVISORY_DUMP: ClassVar[str] = ""  # the address of all published advisories about its packages (OSV, a zip)
    CLIENT: ClassVar[str] = ""  # the program whose configuration says which index is asked

    # --- every ecosystem: index and artifact

    @abstractmethod
    def resolve(self, wanted: PackageRequest, world: CollectContext) -> Subject:
        """The newest release that is not withdrawn (or the one named) and the artifact a plain install would take."""

    @abstractmethod
    def facts(self, subject: Subject, world: CollectContext) -> ProjectFacts:
        """The index's documents about this release, nothing later than `world.at`."""

    @abstractmethod
    def fetch(self, subject: Subject, artifact: Artifact, world: CollectContext) -> bytes:
        """The artifact's bytes from the blob store or the index; size-capped, digest not yet judged."""

    @abstractmethod
    def index_address(self, name: str, world: CollectContext) -> str:
        """The address of the index that is asked: where its answers are seen (`io.http.url_rules`)."""

    def configured_index(self, name: str, settings: Settings) -> str:
        """The address of the index that settings and the client's own configuration say a package comes from."""
        return settings.index_of(self.TYPE, name)

    @abstractmethod
    def read_artifact(self, artifact: Artifact, data: bytes, **how: Unpack[ReadingOptions]) -> Contents:
        """An artifact's members where an installer or builder would see them. MalformedError, TooLargeError."""

    # --- names and versions

    def canonical_name(self, name: str) -> str:
        """The one spelling of a name. InvalidSubjectError when it is no name of a package."""
        return name

    def canonical_version(self, text: str) -> str | None:
        """The one spelling of a version; None when the text is no version."""
        return text if self.VERSIONS.read(text) is not None else None

    def normal_name(self, name: str) -> str:
        """The name as names of this ecosystem are compared, whether or not it is one."""
        return name.strip().lower()

    def same_file(self, one: str, other: str) -> bool:
        """Whether two file names are one artifact: spellings of one name, version and kind agree."""
        parsed = self.parse_filename(one)
        return one == other or (parsed is not None and parsed == self.parse_filename(other))

    def parse_filename(self, file_name: str, project: str = "") -> ParsedName | None:  # noqa: ARG002
        """The release that a file belongs to by its name; None when it belongs to none, or to another project."""
        return None

    def version_step(self, before: str, now: str, history: ReleaseHistory) -> VersionStep:
        """What the step from one version to the next promises callers."""
        self._lacks("promises of version numbers", before, now, history)

    def name_neighbours(self, name: str) -> NameNeighbours:
        """Popular names that this one could be taken for."""
        self._lacks("list of popular names", name)

    # --- what else an index may tell

    def index_files(self, name: str, world: CollectContext) -> Sequence[IndexedFile]:
        """Every file of a project that was there at the judged moment."""
        self._lacks("listing of files", name, world)

    def first_release(self, name: str, world: CollectContext) -> datetime | None:  # noqa: ARG002
        """When the first file of a project was uploaded; None when the index does not say."""
        return None

    def fetch_attestations(self, subject: Subject, artifact: Artifact, world: CollectContext) -> bytes:
        """The document of attestations that the index offers for a file. NotFoundError when it offers none."""
        self._lacks("attestations at its index", subject, artifact, world)

    def signed_listing(self, subject: Subject, artifact: Artifact, world: CollectContext) -> SignedListing:
        """What the index signs of its listing of a file. NotFoundError when it signs nothing of it."""
        self._lacks("signatures over listings", subject, artifact, world)

    def client_keys(self) -> bytes:
        """The document of registry keys that the installed client brings; empty when there is none."""
        return b""

    def signed_predicates(self) -> frozenset[str]:
        """Types of in-toto predicates that the index signs, beside SLSA provenance."""
        return frozenset()

    def same_index(self, one: str, other: str) -> bool:
        """Whether two addresses are of one index, however they are written."""
        return one.rstrip("/") == other.rstrip("/")

    def is_default_index(self, address: str) -> bool:  # noqa: ARG002
        """Whether an address is what a package's name means where no index is named."""
        return False

    def toolchains(self) -> tuple[str, ...]:
        """Interpreters or compilers of this machine that its packages can be rebuilt with."""
        return ()

    # --- what artifacts contain

    def files_to_read(self, subject: Subject) -> tuple[Artifact, ...]:
        """The judged file first, then those beside it that are read with it."""
        return (subject.artifact,) if subject.artifact else ()

    def artifact_readers(self, kind: ArtifactKind) -> tuple[ArtifactReader, ...]:  # noqa: ARG002
        """What is read of an artifact of a kind: claims and their readers, which raise SourceError."""
        return ()

    def packaging_rules(self, subject: Subject, world: CollectContext) -> PackagingRules:  # noqa: ARG002
        """What packaging makes of a source tree; without rules every file that is not in the tree is odd."""
        return PackagingRules(lambda *_: False)

    def compare_with_source(self, built: Contents, source: Contents) -> WheelAgainstSdist:
        """A built artifact against the source archive of the same release, member by member."""
        self._lacks("built artifacts beside source archives", built, source)

    # --- against the release before

    def select_for_install(self, files: Sequence[IndexedFile]) -> IndexedFile | None:
        """Which of these files a plain install takes; None when none of them can be judged."""
        return next(iter(files), None)

    def counterpart(self, artifact: Artifact, earlier: Iterable[IndexedFile]) -> IndexedFile | None:
        """The file of an earlier release that a file is compared with; None when there is none of its kind."""
        return next((f for f in earlier if f.kind is artifact.kind), None)

    def change(
        self, predecessor: str, before: Contents, now: Contents, sizes: tuple[int, int]
    ) -> ChangeSincePredecessor:
        """What an artifact has that the one of the release before had not. `sizes` are the bytes of the two files."""
        self._lacks("reader of changes", predecessor, before, now, sizes)

    def run_time_names(self, contents: Contents) -> frozenset[str]:
        """Canonical names that an artifact requires to run, by its own word."""
        self._lacks("declared requirements", contents)

    def has_interface(self, artifact: Artifact) -> bool:  # noqa: ARG002
        """Whether the public interface of a file is read."""
        return False

    def compare_interface(self, before: Contents, now: Contents) -> InterfaceComparison:
        """What callers of the interface of `before` miss in that of `now`."""
        self._lacks("reader of public interfaces", before, now)

    def rebuild_backend(self) -> RebuildBackend:
        """What builds files of this ecosystem again."""
        self._lacks("recipes to be built again by")

    # --- dependencies

    def lock_formats(self) -> tuple[LockFormat, ...]:
        """The readers of its lock files, in order of name: modules of the folder `locks` beside its own module."""
        return _lock_formats(f"{type(self).__module__.rpartition('.')[0]}.locks")

    def is_environment(self, path: Path) -> bool:  # noqa: ARG002
        """Whether packages of this type are installed in a folder."""
        return False

    def read_environment(self, path: Path) -> Inventory:
        """The packages that are installed at a folder or by the program at a path. InputError."""
        self._lacks("environments that are read", path)

    def declared_requirements(self, node: SubjectEvidence) -> tuple[Wish, ...]:  # noqa: ARG002
        """What a release says it needs, to run and to be built, by the claims about it."""
        return ()

    def _lacks(self, what: str, *_: object) -> NoReturn:
        raise NotApplicableError(f"packages of type '{self.TYPE}' have no {what} here")


@functools.cache
def _lock_formats(package: str) -> tuple[LockFormat, ...]:
    if importlib.util.find_spec(package) is None:
        return ()
    folder = importlib.import_module(package)
    modules = [importlib.import_module(f"{package}.{m.name}") for m in pkgutil.iter_modules(folder.__path__)]
    return tuple(cast("LockFormat", module) for module in modules if hasattr(module, "recognises"))
