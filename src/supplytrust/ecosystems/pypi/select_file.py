"""Which file of a release a plain `pip install` would take on this interpreter."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from packaging.tags import Tag, sys_tags

from supplytrust.ecosystems.pypi.filenames import parse_filename
from supplytrust.ecosystems.pypi.files import IndexFile
from supplytrust.model.subject import ArtifactKind


@functools.cache
def _ranks() -> dict[Tag, int]:
    return {tag: rank for rank, tag in enumerate(sys_tags())}


def select_for_install(files: Sequence[IndexFile]) -> IndexFile | None:
    """Best fitting wheel, else a pure one, else the sdist, else any wheel; None: nothing can be judged."""
    return min((f for f in files if f.kind is not ArtifactKind.OTHER), key=_preference, default=None)


def _preference(file: IndexFile) -> tuple[int, int, int, str]:
    if file.kind is ArtifactKind.SDIST:
        return 2, 0, 0, file.file_name
    parsed = parse_filename(file.file_name)
    if parsed is None:
        return 4, 0, 0, file.file_name
    ranks = [_ranks()[tag] for tag in parsed.tags if tag in _ranks()]
    newest_build = -parsed.build[0] if parsed.build else 0
    if ranks:
        return 0, min(ranks), newest_build, file.file_name
    pure = any(tag.abi == "none" and tag.platform == "any" for tag in parsed.tags)
    return 1 if pure else 3, 0, newest_build, file.file_name
