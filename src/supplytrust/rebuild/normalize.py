"""What may be evened out before two files count as equal; each rule has a name that goes into the result.

A normalizer never hides a difference in meaning: tags, Root-Is-Purelib, requirements and every line of code
still compare. Core metadata: https://packaging.python.org/specifications/core-metadata/.
"""

from __future__ import annotations

from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

TEXT_PROBE: Final = 8_000  # bytes that are searched for a NUL, as git does


def is_dist_info(path: str) -> bool:
    """Whether a wheel member lies in the wheel's `*.dist-info` folder."""
    return path.partition("/")[0].endswith(".dist-info")


def lf(data: bytes) -> bytes:
    """The text with every CRLF as LF."""
    return data.replace(b"\r\n", b"\n")


def same_text(one: bytes, other: bytes) -> bool:
    """Normalizer `eol`: both are text and equal once line ends are."""
    texts = b"\0" not in one[:TEXT_PROBE] and b"\0" not in other[:TEXT_PROBE]
    return texts and lf(one) == lf(other)


def wheel_lines(data: bytes) -> list[bytes]:
    """Normalizer `generator`: the WHEEL file's lines in order, without the line that names the generator."""
    lines = (line.rstrip() for line in lf(data).split(b"\n"))
    return sorted(line for line in lines if line and not line.lower().startswith(b"generator:"))


def metadata_form(data: bytes) -> tuple[tuple[tuple[str, str], ...], str]:
    """Normalizer `metadata-form`: the sorted fields of METADATA as (name, value), and the description."""
    head, _, body = lf(data).decode("utf-8", "surrogateescape").partition("\n\n")
    fields: list[tuple[str, str]] = []
    for line in head.split("\n"):
        if line[:1] in {" ", "\t"} and fields:
            name, value = fields[-1]
            fields[-1] = (name, f"{value}\n{line.strip()}")
        elif line:
            name, _, value = line.partition(":")
            fields.append((name.strip().lower(), value.strip()))
    kept = ((name, _field(name, value)) for name, value in fields if name != "metadata-version")
    body = body.strip()
    return tuple(sorted((n, v) for n, v in kept if v and v != "UNKNOWN")), "" if body == "UNKNOWN" else body


def _field(name: str, value: str) -> str:
    if name == "requires-dist":
        try:
            return str(Requirement(value))
        except InvalidRequirement:
            return value
    if name == "provides-extra":
        return canonicalize_name(value)
    if name == "keywords":
        return ",".join(word.strip() for word in value.replace(" ", ",").split(",") if word.strip())
    return value


def even(path: str, published: bytes, rebuilt: bytes) -> str:
    """The name of the normalizer under which two members of this path are equal; empty when they are not."""
    if same_text(published, rebuilt):
        return "eol"
    if not is_dist_info(path):
        return ""
    name = path.rpartition("/")[2]
    if name == "WHEEL" and wheel_lines(published) == wheel_lines(rebuilt):
        return "generator"
    if name == "METADATA" and metadata_form(published) == metadata_form(rebuilt):
        return "metadata-form"
    return ""
