"""Names as package metadata writes them: when two spellings mean the same thing.

Small on purpose: whoever needs version order asks the ecosystem. Rules: names after "Names and
normalization" (PEP 503), versions after PEP 440 as far as equality of plain releases goes, requirements after
"Dependency specifiers" (PEP 508).
"""

from __future__ import annotations

import re

_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
_EXTRAS = re.compile(r"\s*\[[^\]]*\]")
_RELEASE = re.compile(r"v?(?:0*(\d+)!)?(\d+(?:\.\d+)*)(.*)", re.DOTALL)


def normal_name(name: str) -> str:
    """Lower case, runs of `-`, `_`, `.` as one `-` (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def normal_version(version: str) -> str:
    """A spelling that is equal for `1.0`, `v1.0.0` and `1`; text that is no version comes back lower-case."""
    text = version.strip().lower()
    found = _RELEASE.fullmatch(text)
    if not found:
        return text
    epoch, release, rest = found.group(1) or "0", found.group(2), found.group(3)
    parts = [part.lstrip("0") or "0" for part in release.split(".")]
    while len(parts) > 1 and parts[-1] == "0":
        parts.pop()
    return f"{epoch}!{'.'.join(parts)}{re.sub(r'[-_.]', '', rest)}"


def same_version(one: str, other: str) -> bool:
    """Whether two spellings name the same version."""
    return normal_version(one) == normal_version(other)


def requirement_name(requirement: str) -> str:
    """The normalized name a requirement starts with; empty when it starts with none."""
    found = _NAME.match(requirement)
    return normal_name(found.group(1)) if found else ""


def requirement_url(requirement: str) -> str:
    """The address of a direct reference (`name @ address`), without its marker; empty when it is none."""
    found = _NAME.match(requirement)
    rest = requirement[found.end() :] if found else ""
    extras = _EXTRAS.match(rest)
    rest = (rest[extras.end() :] if extras else rest).lstrip()
    return rest[1:].split(";")[0].strip() if rest.startswith("@") else ""


def normal_requirement(requirement: str) -> str:
    """A requirement without blanks, brackets and differences of quotes, its version clauses in order."""
    text, _, marker = requirement.partition(";")
    name = requirement_name(text)
    found = _NAME.match(text)
    tail = re.sub(r"[\s()]", "", text[found.end() :] if found else text)
    clauses = ",".join(sorted(tail.split(","))) if "[" not in tail and "@" not in tail else tail
    marker = re.sub(r"[\s()]", "", marker).replace('"', "'")
    return f"{name}{clauses};{marker}" if marker else f"{name}{clauses}"
