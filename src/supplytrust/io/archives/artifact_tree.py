"""The files of one artifact where an installer or a build would find them: one root, links followed, nothing guessed.

Members are laid out in stored order, as tarfile and pip lay them out on disk, but in memory: a name is cut into
components, one common top folder of a source archive is taken off (PEP 625), a folder that is a link leads elsewhere,
a later member of the same place replaces an earlier one. What cannot be placed or followed is stated, never left out
in silence:

    odd-root: ...           the files of a source archive do not lie in one top folder
    extra-root: PATH        a member beside the top folder
    unresolved-link: ...    a link that leads out, to nothing, in a circle or over more than 8 links
    unplaced: ...           a member whose place hangs on a link, so that readers may differ about it

A reader that looks for the absence of a file has to look at two more things: `unresolved`, the paths at which there
may be another file than is shown, and `unclear`, members that may lie anywhere.
"""

from __future__ import annotations

import dataclasses
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from supplytrust.errors import TooLargeError
from supplytrust.io.archives import reader
from supplytrust.io.archives.collector import Entry, Keep, Limits, Spool
from supplytrust.io.archives.reader import Archive

HOPS = 8
LONGEST_TARGET = 1024
STEPS = 2_000_000  # components of link targets that are walked in one archive
SHOWN = 20
_FIRST_SEPARATOR = re.compile(r"([^/\\]*)[/\\](.*)", re.DOTALL)
_ROOT_FILES = frozenset({"PKG-INFO", "setup.py", "pyproject.toml"})


@dataclass(frozen=True, slots=True)
class ArtifactTree:
    """A read archive as a tree. `files` are regular files and `links` symbolic links, at their places, in stored
    order; `root` is the folder that was taken off ('' when there is none)."""

    format: str
    root: str
    files: tuple[Entry, ...]
    links: tuple[Entry, ...]
    linked: tuple[Entry, ...]  # files that links lead to, under the path of the link
    folder_links: Mapping[str, str]
    unresolved: tuple[str, ...]
    unclear: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def readable(self) -> tuple[Entry, ...]:
        """Every file under every path of its own: regular ones, then those that links lead to."""
        return self.files + self.linked


def read_tree(
    data: bytes,
    file_name: str,
    *,
    rooted: bool,
    keep: Keep = reader.textual,
    spool: Spool | None = None,
    limits: Limits | None = None,
) -> ArtifactTree:
    """Read an archive; `rooted` says that it is a source archive, whose one top folder is taken off.

    MalformedError, TooLargeError.
    """
    stored = reader.read(data, file_name, keep=keep, spool=spool, limits=limits)
    layout = _Layout(links_are_files=stored.format == "zip")
    layout.root, strangers = _root_of(stored) if rooted else ("", frozenset())
    other = {split_root(name)[0] for name in stored.folders} - {"", ".", layout.root} if layout.root and rooted else ()
    layout.problems.update(f"extra-root: {place_member(path)}" for path in sorted({*strangers, *other})[:SHOWN])
    beside = [dataclasses.replace(e, path=place_member(e.path)) for e in stored.entries if e.path in strangers]
    for entry in stored.entries:
        if entry.path not in strangers:
            layout.place(without_root(entry.path, layout.root), entry)
    linked = layout.follow()
    return ArtifactTree(
        stored.format,
        layout.root,
        (*layout.files.values(), *(entry for entry in (*beside, *layout.astray) if not entry.link)),
        tuple(layout.links.values()),
        linked,
        layout.folder_links,
        tuple(sorted(layout.unresolved)),
        tuple(sorted({*layout.unclear, *strangers})),
        tuple(sorted({*stored.problems, *layout.problems})),
    )


def components(path: str) -> list[str]:
    """A member's name as the path it is written to: without empty parts and single dots; `..` goes up, not above."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return parts


def place_member(path: str) -> str:
    """Where a member of this name lies below the folder it is unpacked into."""
    return "/".join(components(path))


def split_root(path: str) -> tuple[str, str]:
    """The top folder of a stored name and the rest; ('setup.py', '') for a file at the top.

    As in pip the first separator may be a backslash, and leading separators do not count; nor do leading dots that
    stand alone (`./x` lies where `x` lies).
    """
    rest = path
    while (cut := _FIRST_SEPARATOR.match(rest)) and cut[1] in ("", "."):
        rest = cut[2]
    return (cut[1], cut[2]) if cut else (rest, "")


def without_root(path: str, root: str) -> str:
    """A stored name without the root folder, '' for the root itself."""
    top, rest = split_root(path)
    return rest if root and top == root else path


def _root_of(stored: Archive) -> tuple[str, frozenset[str]]:
    """The top folder, and the members beside it; without one common folder the one that looks like the project's."""
    split = {entry.path: split_root(entry.path) for entry in stored.entries}
    tops = {top for top, _ in split.values()} | {split_root(name)[0] for name in stored.folders} - {"", "."}
    if len(tops) == 1 and all(rest for _, rest in split.values()):
        return tops.pop(), frozenset()
    if any(top in _ROOT_FILES and not rest for top, rest in split.values()):
        nested = (path for path, (_, rest) in split.items() if rest in _ROOT_FILES)
        return "", frozenset(nested)
    marked = [top for top, rest in split.values() if rest in _ROOT_FILES]
    root = next(iter(marked), next((top for top, rest in split.values() if rest), ""))
    beside = (path for path, (top, rest) in split.items() if top != root or not rest)
    return root, frozenset(beside)


@dataclass(slots=True)
class _Layout:
    """The tree while it grows: what lies where so far."""

    links_are_files: bool
    root: str = ""
    files: dict[str, Entry] = field(default_factory=dict)
    links: dict[str, Entry] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    folder_links: dict[str, str] = field(default_factory=dict)
    unresolved: set[str] = field(default_factory=set)
    unclear: set[str] = field(default_factory=set)
    problems: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)  # stored name by place
    astray: list[Entry] = field(default_factory=list)  # members that may lie anywhere
    copied: dict[str, str] = field(default_factory=dict)  # target of a hard link: the link
    steps: int = 0

    def place(self, path: str, entry: Entry) -> None:
        """Lay out the next member."""
        parts = components(path)
        if not parts:
            self._leave_out(path, entry, "has no name of its own")
            return
        folder = self.resolve("/".join(parts[:-1])) if self.links else "/".join(parts[:-1])
        if folder is None:
            self._leave_out("/".join(parts), entry, "lies below a link that leads nowhere")
            return
        place = posixpath.join(folder, parts[-1])
        if place != "/".join(parts):
            self._doubt("/".join(parts), f"lies at {place} through a link")
        if entry.link and not self.links_are_files:
            self._place_link(place, path, entry)
        else:
            self._place_file(place, entry)

    def _place_file(self, place: str, entry: Entry) -> None:
        if place in self.links:
            self._doubt(place, "is written through a link")
            through = self.resolve(place)
            if not through or through in self.folders:
                self._leave_out(place, entry, "is written through a link that leads nowhere")
                return
            place = through
        self._note_twin(place, entry)
        self.files.pop(place, None)
        if place in self.copied:
            self._doubt(self.copied[place], f"is a hard link to {place}, which is stored again")
        if entry.link:
            self._doubt(place, "is a link in a zip: some readers follow it, others take its text for the file")
        self.files[place] = entry if entry.path == place else dataclasses.replace(entry, path=place)
        self._add_folders(place)

    def _place_link(self, place: str, stored: str, entry: Entry) -> None:
        if place in self.folders:
            self._doubt(place, "is a folder and a link")
            return
        self._note_twin(place, entry)
        self.files.pop(place, None)
        self.links.pop(place, None)
        self._add_folders(place)
        if not entry.hard:
            self.links[place] = dataclasses.replace(entry, path=place)
            return
        aim = posixpath.join(posixpath.dirname(place_member(stored)), entry.link)
        target = None if aim.startswith("/") else self.resolve(aim)
        if target is None or target not in self.files:
            self._state_unresolved(place, entry)
            return
        self.copied[target] = place
        self.files[place] = dataclasses.replace(self.files[target], path=place)

    def _note_twin(self, place: str, entry: Entry) -> None:
        """Members of one place; those of one name as well have been stated when the archive was read.

        The same bytes twice (`./a` and `a`, as some packers write them) are one file to every reader.
        """
        before = self.files.get(place)
        if before is not None and not entry.link and entry.sha256 and before.sha256 == entry.sha256:
            return
        if self.names.setdefault(place, entry.path) != entry.path or place in self.folders:
            self.problems.add(f"duplicate-member: {place}")

    def _add_folders(self, place: str) -> None:
        folder = posixpath.dirname(place)
        while folder and folder not in self.folders:
            self.folders.add(folder)
            folder = posixpath.dirname(folder)

    def _leave_out(self, path: str, entry: Entry, why: str) -> None:
        self.unclear.add(entry.path)
        self.astray.append(dataclasses.replace(entry, path=path or entry.path))
        self.problems.add(f"unplaced: {path} {why}")

    def _doubt(self, path: str, why: str) -> None:
        self.unresolved.add(path)
        self.problems.add(f"unplaced: {path} {why}")

    def _state_unresolved(self, path: str, link: Entry) -> None:
        self.unresolved.add(path)
        self.problems.add(f"unresolved-link: {path} -> {link.link[:80]}")

    def follow(self) -> tuple[Entry, ...]:
        """Where the links lead once everything lies in its place."""
        linked = []
        for path, link in self.links.items():
            real = self.resolve(path)
            if real in self.files:
                linked.append(dataclasses.replace(self.files[real], path=path, link=link.link))
            elif real is not None and (real in self.folders or not real):
                self.folder_links[path] = real
            else:
                self._state_unresolved(path, link)
        return tuple(linked)

    def resolve(self, path: str) -> str | None:
        """The real place of a path, '' for the top; None when a link on it leads out, around or too far."""
        pending, at, hops = path.split("/")[::-1], list[str](), 0
        while pending:
            part = pending.pop()
            if part == ".." and not at and not (self.root and pending and pending.pop() == self.root):
                return None
            if part == "..":
                del at[-1:]
            elif part not in ("", "."):
                at.append(part)
                link = self.links.get("/".join(at))
                if link is not None:
                    hops += 1
                    if not self._may_follow(link.link, hops):
                        return None
                    at.pop()
                    pending.extend(link.link.split("/")[::-1])
        return "/".join(at)

    def _may_follow(self, target: str, hops: int) -> bool:
        self.steps += target.count("/") + 1
        if self.steps > STEPS:
            raise TooLargeError("the links of the archive are too tangled to be followed")
        return hops <= HOPS and len(target) <= LONGEST_TARGET and not target.startswith("/")


def find(tree_files: Iterable[Entry], folder_links: Mapping[str, str], path: str) -> Entry | None:
    """The file at a path that may lead through links to folders."""
    parts = components(path)
    for _ in range(HOPS):
        ahead = next((n for n in range(1, len(parts) + 1) if "/".join(parts[:n]) in folder_links), 0)
        if not ahead:
            break
        parts = [*components(folder_links["/".join(parts[:ahead])]), *parts[ahead:]]
    wanted = "/".join(parts)
    return next((f for f in tree_files if f.path == wanted), None)
