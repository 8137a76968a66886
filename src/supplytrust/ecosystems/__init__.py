"""The protocol of an ecosystem, and one folder a purl type: index, artifacts, names, versions, start-up code, rebuilds.

`of(subject)` gives what knows the packages of a type; nobody outside a folder names a type. A folder holds a module
`ecosystem` with one object `ECOSYSTEM`; nothing registers itself.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from typing import cast

from supplytrust.ecosystems.protocol import ArtifactReader, Ecosystem
from supplytrust.ecosystems.values import IndexedFile, PackageRequest, ParsedName, ProjectFacts, Wish
from supplytrust.errors import InternalError, InvalidSubjectError
from supplytrust.model.subject import ArtifactKind, Subject, is_local_file
from supplytrust.model.versions import UNKNOWN, VersionScheme

__all__ = [
    "ArtifactReader",
    "Ecosystem",
    "IndexedFile",
    "PackageRequest",
    "ParsedName",
    "ProjectFacts",
    "Wish",
    "default_type",
    "example_purl",
    "for_type",
    "known_types",
    "of",
    "package_key",
    "release_of_file",
    "short_name",
    "traits_of",
    "update_command",
    "versions_of",
]


@functools.cache
def known_types() -> tuple[str, ...]:
    """The purl types that can be judged: the folders of this package, in order of name."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if m.ispkg))


def for_type(purl_type: str) -> Ecosystem:
    """The ecosystem of a purl type; closed world: only folders of this package. InvalidSubjectError for others."""
    if purl_type not in known_types():
        raise InvalidSubjectError(
            f"packages of type '{purl_type}' cannot be judged yet", hint=f"known types: {', '.join(known_types())}"
        )
    module = importlib.import_module(f"{__name__}.{purl_type}.ecosystem")
    return cast("Ecosystem", module.ECOSYSTEM)


def of(subject: Subject) -> Ecosystem:
    """The ecosystem that a subject is a package of. InvalidSubjectError when its type cannot be judged."""
    return for_type(subject.type)


@functools.cache
def default_type() -> str:
    """The purl type that a bare package name means."""
    found = next((t for t in known_types() if for_type(t).BARE_NAMES), None)
    if found is None:
        raise InternalError("no ecosystem takes bare names")
    return found


def short_name(purl: str) -> str:
    """A purl as people write it: without scheme and type where a bare name of the same text means the same."""
    return purl.removeprefix(f"pkg:{default_type()}/")


def update_command(file_name: str) -> str:
    """How the tool that writes a lock file of this name takes another release into it; '' when that is not known.

    With places for `{name}`, `{before}` and `{version}`.
    """
    forms = (form for one in known_types() for form in for_type(one).lock_formats())
    return next((getattr(form, "UPDATE", "") for form in forms if file_name in form.FILE_NAMES), "")


def release_of_file(file_name: str) -> tuple[str, ParsedName] | None:
    """The purl type and release that a file is an artifact of by its name; None when no ecosystem judges such files."""
    for purl_type in known_types():
        parsed = for_type(purl_type).parse_filename(file_name)
        if parsed is not None and parsed.kind is not ArtifactKind.OTHER:
            return purl_type, parsed
    return None


def example_purl(version: str = "") -> str:
    """A purl as a hint shows it."""
    return f"pkg:{default_type()}/name" + (f"@{version}" if version else "")


def traits_of(subject: Subject) -> frozenset[str]:
    """What a subject has beyond those of every type; workloads and services have no folder of their own."""
    own = _ecosystem_of(subject.type)
    if own:
        return own.TRAITS
    if subject.type != "generic":
        return frozenset()
    return frozenset(["workload"] if subject.artifact or is_local_file(subject.purl) else ["service"])


def versions_of(purl_type: str) -> VersionScheme:
    """How versions of a type are read: its ecosystem's scheme; of others nothing is known."""
    own = _ecosystem_of(purl_type)
    return own.VERSIONS if own else UNKNOWN


def package_key(purl_type: str, name: str) -> tuple[str, str]:
    """Type and name as they are compared, in advisories and reviews of packages of any type."""
    own = _ecosystem_of(purl_type)
    if own is not None:
        return purl_type, own.normal_name(name)
    return purl_type, name.strip().lower().replace(":", "/")


@functools.cache
def _ecosystem_of(purl_type: str) -> Ecosystem | None:
    try:
        return for_type(purl_type)
    except InvalidSubjectError:
        return None
