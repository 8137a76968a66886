"""The closed vocabulary of policies and configurations, the limits of their numbers, and the form of their purls."""

from __future__ import annotations

from types import MappingProxyType

from supplytrust.ecosystems import example_purl
from supplytrust.errors import Problem
from supplytrust.model.policy import ROOT
from supplytrust.model.vocabulary import Area, EdgeKind, Veto

SCHEMA = 1

PURPOSES = ("general", "cryptography", "parser", "service", "build-tool", "tee")
ROLES = ("run-time", "build-time", "workload")
SENSITIVITIES = ("low", "normal", "high", "critical")
DATA_CLASSES = ("public", "internal", "confidential", "restricted")

AREAS = tuple(area.value for area in Area)
KINDS = tuple(kind.value for kind in EdgeKind)
PROFILES = (ROOT, *KINDS)
VETOES = tuple(veto.value for veto in Veto)
ALWAYS = (Veto.MALICIOUS, Veto.TAMPERED, Veto.BAD_SIGNATURE, Veto.REVOKED)

MAX_EXCEPTION_DAYS = 180
MAX_AGE_HOURS = 365 * 24
MAX_COOLDOWN_HOURS = 90 * 24
MAX_REVIEW_HOURS = 730 * 24

POLICY_ID = r"[a-z0-9][a-z0-9._-]{0,63}"
SOURCE_NAME = r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}"

# What a profile that a policy leaves out asks for: the root's thresholds in these areas. Leaving a profile
# out must not switch its kind of dependency off; an empty table does, in writing.
INHERITED: MappingProxyType[str, tuple[Area, ...]] = MappingProxyType(
    {
        EdgeKind.LINK.value: tuple(Area),  # linked code runs with the caller's authority
        EdgeKind.BUILD.value: (Area.BUILD, Area.INTEGRITY, Area.PROVENANCE),  # a compiler reaches every byte
        EdgeKind.SERVICE_LOCAL.value: (Area.INTEGRITY, Area.RESPONSIVENESS),
        EdgeKind.SERVICE_REMOTE.value: (Area.INTEGRITY, Area.RESPONSIVENESS),
        EdgeKind.TEST.value: (Area.INTEGRITY,),  # runs on the developer's machine and is not shipped
    }
)
# Kinds of dependency that have an artifact, so that must-haves about artifacts can be met at all.
INHERITS_MUST_HAVES = frozenset({EdgeKind.LINK.value, EdgeKind.BUILD.value, EdgeKind.TEST.value})


# --- Package URLs in policies and configurations: canonical, with or without a version as the place demands.


def purl_problem(text: str, *, versioned: bool) -> Problem | None:
    """What is wrong with a purl, None when nothing is.

    It must be canonical (https://github.com/package-url/purl-spec), because subjects are compared by text;
    have a version if and only if `versioned`; and no qualifier or subpath.
    """
    from packageurl import PackageURL

    try:
        purl = PackageURL.from_string(text)
    except ValueError as error:
        return Problem(text, f"'{text}' is not a purl: {error}", f"as {example_purl('1.2.3' * versioned)}")
    if versioned != bool(purl.version):
        wanted = "needs an exact version" if versioned else "must not have a version"
        return Problem(text, f"'{text}' {wanted}", f"as {example_purl('1.2.3' * versioned)}")
    if purl.qualifiers or purl.subpath:
        return Problem(text, f"'{text}' has qualifiers or a subpath", "name the package only")
    if purl.to_string() != text:
        return Problem(text, f"'{text}' is not canonical", f"write '{purl.to_string()}'")
    return None
