"""What a person or a requirement file means: a path on this machine, or the name of a package?

As pip tells them apart (https://pip.pypa.io/en/stable/cli/pip_install/): by the text first, so that a file named
`requests` never takes the place of the package. Extras and a marker may follow: `./x.whl[cli] ; os_name == "nt"`.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tlz", ".tar.lz",
            ".tar.lzma")  # fmt: skip
WORKLOAD = ".wasm"
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*://|file:|pkg:)", re.IGNORECASE)


def is_address(text: str) -> bool:
    """Whether a text begins with a scheme: an address, a `file:` URL, a purl."""
    return bool(_ADDRESS.match(text))


def split_marker(text: str) -> tuple[str, str]:
    """A requirement without its marker, and the marker: in an address `;` needs a space behind it, as for pip."""
    before, _, marker = text.partition("; " if is_address(text) else ";")
    return before.strip(), marker.strip()


def without_extras(text: str) -> str:
    """A path without the extras behind it: `.[dev]` is `.`."""
    plain = text.strip()
    before, _, extras = plain.rpartition("[")  # no pattern: blanks before a bracket would cost their square
    return before.rstrip() if before and extras.endswith("]") and "]" not in extras[:-1] else plain


def local_path(text: str) -> str:
    """The path that a text names, without extras and marker; '' when it names a package or an address elsewhere.

    A path has a separator, begins with a dot, or ends like an archive or a WebAssembly file.
    """
    named = split_marker(text)[0]
    if named.lower().startswith("file:"):
        return _of_url(named)
    if is_address(named):
        return ""
    path = without_extras(named)
    before, at, _ = path.partition("@")
    if at and not _looks_like_path(before) and not path.startswith("@"):
        return ""  # `name @ address`, `name@1.0`
    return path if _looks_like_path(path) else ""


def _looks_like_path(text: str) -> bool:
    return "/" in text or "\\" in text or text.startswith(".") or text.lower().endswith((*ARCHIVES, WORKLOAD))


def _of_url(url: str) -> str:
    """The path of a `file:` URL of this machine; '' for one of another host."""
    try:
        parts = urlsplit(without_extras(url.partition("#")[0]))
    except ValueError:
        return ""
    return unquote(parts.path) if parts.netloc in {"", "localhost"} else ""
