"""What a caller configures (`supplytrust.toml`): where to look, whom to expect. No thresholds here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType

EMPTY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Publisher:
    """The publishing identity a relying party expects of a package; empty fields match anything but issuer."""

    issuer: str
    repository: str = ""
    workflow: str = ""


@dataclass(frozen=True, slots=True)
class CacheSettings:
    """Whether answers about bytes are kept, and how many MiB of them."""

    claims: bool = True
    most_mib: int = 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """Resolved configuration. Paths are as given; relative ones are relative to the file they came from."""

    policy: str = "baseline"
    index: Mapping[str, str] = field(default_factory=lambda: EMPTY)  # purl type, or pattern of purls -> base URL
    repository: Mapping[str, str] = field(default_factory=lambda: EMPTY)  # versionless purl -> path or URL
    osv: str = ""  # a file or folder of advisories
    advisory_service: str = ""  # base address of an OSV service; "none": ask none; empty: the public one
    sigstore_root: str = ""
    publisher: Mapping[str, Publisher] = field(default_factory=lambda: MappingProxyType({}))
    cargo_vet: tuple[str, ...] = ()
    audits: tuple[str, ...] = ()
    crev: tuple[str, ...] = ()  # files of crev proofs
    crev_ids: tuple[str, ...] = ()  # ids whose proofs count
    oss_fuzz: str = ""  # checkout of OSS-Fuzz's project configurations
    endorsements: tuple[str, ...] = ()
    layouts: tuple[str, ...] = ()
    attestations: tuple[str, ...] = ()  # files or folders of attestations kept by the relying party
    purpose: Mapping[str, str] = field(default_factory=lambda: EMPTY)  # versionless purl -> purpose
    cache: CacheSettings = field(default_factory=CacheSettings, repr=False)  # makes no difference to any answer

    def index_of(self, purl_type: str, name: str = "") -> str:
        """The index configured for a package: of the longest pattern that fits it, else of its type; '' for none."""
        return self.index.get(self.index_pattern(purl_type, name), "") or self.index.get(purl_type, "")

    def index_pattern(self, purl_type: str, name: str) -> str:
        """The longest pattern of `index` that fits a package; '' when only its type, or nothing, says where it is."""
        fitting = [p for p in self.index if ":" in p and fnmatchcase(f"pkg:{purl_type}/{name}", p)]
        return max(fitting, key=lambda pattern: (len(pattern.replace("*", "")), pattern), default="")
