"""Which names and signatures of a public interface a newer one no longer offers, and whether that was announced.

Counted are modules, classes, functions and what `__all__` lists, and calls that worked before and are errors now.
Left out, because it is seldom a promise: defaults, return types, values, attributes of classes, dunder names, base
classes, functions that became another kind of object.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from supplytrust.ecosystems.contents import Contents
from supplytrust.ecosystems.pypi.public_api import Interface, Member, Text
from supplytrust.ecosystems.python_reading import facts_of
from supplytrust.ecosystems.values import InterfaceComparison
from supplytrust.errors import TooLargeError
from supplytrust.evidence.source_code.interface_outline import Kind, Outline, Parameter, ParameterKind
from supplytrust.model.claims.artifact import MemberKind
from supplytrust.model.claims.release import ApiChange, ApiChangeKind

MOST_FILES, MOST_BYTES, LONGEST = 1_500, 8 * 2**20, 2**20
_ELSEWHERE = re.compile(
    r"(^|/)(tests?|conftest\.py|examples?|docs?|samples|benchmarks?|_?vendor(ed)?|third_?party"
    r"|extern(al)?|[^/]*\.(dist-info|libs))(/|$)|(^|/)test_[^/]*$|_test\.py$|(^|/)__main__\.py$"
)
_LIB = re.compile(r"^[^/]+\.data/(purelib|platlib)/")
_NOTICE = re.compile(r"deprecat|will be removed|FutureWarning", re.IGNORECASE)
_BOUND = ("self", "cls", "mcs", "metacls")  # given by the language, not by callers
_PLAIN = ("object", "Generic", "Protocol", "ABC", "abc.ABC", "typing.Protocol", "t.Protocol")
_SERVED = re.compile(r"^(?!class\b)[^\s#][^#\n]*\b__getattr__\b|^__getattr__\b|sys\.modules\[__name__\]", re.MULTILINE)
_NEAR = 4  # lines between a name and a notice about it
_BY_POSITION = (ParameterKind.POSITIONAL_ONLY, ParameterKind.POSITIONAL_OR_KEYWORD)
_VARIADIC = (ParameterKind.VAR_POSITIONAL, ParameterKind.VAR_KEYWORD)


class _Loss(NamedTuple):
    """A name that is gone (`member` is the earlier one), or a function whose callers have to change something: it is
    the later one then, `before` the earlier; `what` happened to a parameter, as it was and as it is."""

    member: Member
    before: Member | None = None
    what: str = ""
    old: Parameter | None = None
    new: Parameter | None = None


def compare(before: Contents, now: Contents) -> InterfaceComparison:
    """The interface of two pure wheels. TooLargeError: a limit of size or work was passed."""
    texts, newer = sources(before), sources(now)
    outlines, later = _read_outlines(texts), _read_outlines(newer)
    modules, names = _count(texts, outlines)
    same = texts.keys() == newer.keys() and all(texts[name].package == newer[name].package for name in texts)
    if same and None not in outlines.values() and outlines == later:
        return InterfaceComparison(modules, names, 0, ())  # every module offers what it offered
    old, new = Interface(texts, outlines), Interface(newer, later)
    try:
        changes = {c.name: c for c in _changes(old, new)}
    except RecursionError as error:
        raise TooLargeError("modules are nested too deeply to be compared") from error
    return InterfaceComparison(modules, names, len(old.unread | new.unread), tuple(sorted(changes.values())))


def sources(contents: Contents) -> dict[str, Text]:
    """Python modules a caller could import, by dotted name: no tests, examples or copied code. TooLargeError."""
    found: dict[str, Text] = {}
    for file in contents.files:
        path = _LIB.sub("", file.path)
        if file.kind is not MemberKind.PYTHON or not path.endswith(".py") or _ELSEWHERE.search(path):
            continue
        parts = PurePosixPath(path).with_suffix("").parts
        package = parts[-1] == "__init__"
        parts = parts[:-1] if package else parts
        if parts and all(part.isidentifier() for part in parts):
            found[".".join(parts)] = Text(file.data, package)
    if len(found) > MOST_FILES or sum(len(t.data or b"") for t in found.values()) > MOST_BYTES:
        raise TooLargeError(f"{len(found)} modules are more than the interface is read from")
    return found


def is_readable(module: Text) -> bool:
    """Whether the bytes were kept and are within bounds."""
    return module.data is not None and len(module.data) <= LONGEST and b"\x00" not in module.data


def _read_outlines(texts: Mapping[str, Text]) -> dict[str, Outline | None]:
    """What each module offers; None for one that cannot be read."""
    found: dict[str, Outline | None] = {}
    for name, text in texts.items():
        facts = facts_of(text.data or b"") if is_readable(text) else None
        found[name] = facts.outline if facts else None
    return found


def _count(texts: Mapping[str, Text], outlines: Mapping[str, Outline | None]) -> tuple[int, int]:
    """Public modules, packages without an `__init__` among them, and the public names in them."""
    known = {name: found for name in texts if (found := outlines[name]) is not None and _is_public(name)}
    split = [name.split(".") for name in known]
    public = {".".join(parts[:n]) for parts in split for n in range(1, len(parts) + 1)}
    names = sum(one.names + (one.taken if texts[name].package else 0) for name, one in known.items())
    return len(public), names + sum("." in name for name in public)


def _is_public(path: str) -> bool:
    return not any(part.startswith("_") for part in path.split("."))


def _changes(old: Interface, new: Interface) -> Iterator[ApiChange]:
    known: set[str] = set()
    compared = _Comparison(old, new)
    for name, package in old.packages.items():
        if name not in new.packages:
            if name not in new.unread:
                yield _change_of(name, ApiChangeKind.REMOVED, old, old.text(name)[:4000])
            continue
        for loss in compared.members(package, new.packages[name]):
            change = _change(loss, old, new)
            real = (old if loss.before is None else new).real(loss.member)
            origin = loss.member.path if real is None else real.path  # counts once under all names that it has
            if change is not None and origin not in known:
                known.add(origin)
                yield change


class _Comparison:
    """Two interfaces, walked side by side; every path of the older one is looked at once.

    What was defined in a place and is taken from elsewhere now is there, and not compared further.
    """

    def __init__(self, old: Interface, new: Interface) -> None:
        self._old, self._new = old, new
        self._visited: set[str] = set()

    def members(self, before: Member, now: Member) -> Iterator[_Loss]:
        """What the members of one are no longer in the other."""
        for name, member in self._old.public_members(before):
            found = self._new.member_of(now, name)
            if found is None:
                yield _Loss(member)
            elif member.kind is Kind.IMPORT or found.above is now:
                yield from self._pair(member, found)

    def _pair(self, before: Member, now: Member) -> Iterator[_Loss]:
        while before.kind is Kind.IMPORT:
            if before.path in self._visited:
                return
            self._visited.add(before.path)
            first = self._old.step(before)
            second = self._new.step(now) if now.kind is Kind.IMPORT else now
            if first is None or second is None:
                return
            before, now = first, second
        if before.path in self._visited:
            return
        self._visited.add(before.path)
        if before.kind is not now.kind:
            return
        if before.kind is Kind.FUNCTION:
            yield from _compare_parameters(before, now)
        elif before.kind in (Kind.MODULE, Kind.CLASS):
            yield from self.members(before, now)


def _parameters(function: Member) -> tuple[Parameter, ...]:
    return function.definition.parameters if function.definition else ()


def _compare_parameters(before: Member, now: Member) -> Iterator[_Loss]:
    """Calls that the earlier function took and the later one may not (PEP 570 has the kinds of parameters)."""
    newer: dict[str, tuple[int, Parameter]] = {}
    for index, parameter in enumerate(_parameters(now)):
        newer.setdefault(parameter.name, (index, parameter))
    kinds = {p.kind for p in _parameters(now)}
    for index, old in enumerate(_parameters(before)):
        if old.name in newer:
            yield from (_Loss(now, before, what, old, newer[old.name][1]) for what in _differ(old, index, newer, kinds))
        elif not _is_swallowed(old.kind, kinds):
            yield _Loss(now, before, "parameter was removed", old)
    names = {p.name for p in _parameters(before)}
    for new in _parameters(now):
        if new.name not in names and new.required:
            yield _Loss(now, before, "parameter was added as required", None, new)


def _differ(
    old: Parameter, index: int, newer: Mapping[str, tuple[int, Parameter]], kinds: set[ParameterKind]
) -> Iterator[str]:
    """What callers notice of a parameter that is still there."""
    at, new = newer[old.name]
    if new.required and not old.required:
        yield "parameter is now required"
    if old.kind in _BY_POSITION and new.kind in _BY_POSITION and at != index:
        yield "positional parameter was moved"
    if old.kind is not new.kind and _excludes_calls(old.kind, new.kind, kinds):
        yield "parameter kind was changed"


def _is_swallowed(kind: ParameterKind, now: set[ParameterKind]) -> bool:
    """Whether what was given for a parameter is taken by `*args` and `**kwargs`."""
    ways = {
        ParameterKind.KEYWORD_ONLY: {ParameterKind.VAR_KEYWORD},
        ParameterKind.POSITIONAL_ONLY: {ParameterKind.VAR_POSITIONAL},
        ParameterKind.POSITIONAL_OR_KEYWORD: {ParameterKind.VAR_POSITIONAL, ParameterKind.VAR_KEYWORD},
    }
    return kind in ways and ways[kind] <= now


def _excludes_calls(old: ParameterKind, new: ParameterKind, now: set[ParameterKind]) -> bool:
    """Whether a parameter of another kind can no longer be given in all ways it could."""
    only = (ParameterKind.POSITIONAL_ONLY, ParameterKind.KEYWORD_ONLY)
    if new in only:
        return old in (*only, ParameterKind.POSITIONAL_OR_KEYWORD)
    if new is ParameterKind.VAR_KEYWORD:
        return old is not ParameterKind.KEYWORD_ONLY and ParameterKind.VAR_POSITIONAL not in now
    if new is ParameterKind.VAR_POSITIONAL:
        return old is not ParameterKind.POSITIONAL_ONLY and ParameterKind.VAR_KEYWORD not in now
    return False


def _change(loss: _Loss, old: Interface, new: Interface) -> ApiChange | None:
    path = loss.member.path
    if loss.before is None:
        if not _counts(loss.member, old) or any(
            kept(loss.member, new) for kept in (_still_served, _may_inherit, _offered_above)
        ):
            return None
        return _change_of(path, ApiChangeKind.REMOVED, old, _source(loss.member, old))
    parameter = loss.old or loss.new
    name = parameter.name if parameter else ""
    swallowing = loss.old is not None and loss.old.kind in _VARIADIC  # what a removed catch-all took is not known
    if swallowing or name.startswith("_") or name in _BOUND:  # callers do not name these
        return None
    before = old.find(path, inherited=True)
    real = old.real(before) if before is not None else None
    if _still_callable(loss, real):
        return None
    source = _source(before, old) if before is not None and real is not None else ""
    return _change_of(path, ApiChangeKind.SIGNATURE, old, source, f"{loss.what}: {name[:60]}")


def _counts(member: Member, old: Interface) -> bool:
    """Whether a name is the kind of thing whose removal is told."""
    if not member.is_public or member.is_special or member.target == member.path:  # a name for itself is none
        return False
    above = member.above
    if above is not None and above.kind is Kind.MODULE and above.listed:
        return True
    real = old.real(member)  # None: an import from elsewhere
    return real is not None and real.kind in (Kind.MODULE, Kind.CLASS, Kind.FUNCTION)


def _still_callable(loss: _Loss, before: Member | None) -> bool:
    """A parameter that took the place of another one, where callers by position or by keyword notice nothing."""
    now = loss.member
    if before is None or before.kind is not Kind.FUNCTION:
        return False
    old, new = ([p.name for p in _parameters(f) if p.kind in _BY_POSITION] for f in (before, now))
    if loss.old is None and loss.new is not None:
        added = loss.new
        return added.kind is ParameterKind.POSITIONAL_ONLY and added.name in new and new.index(added.name) < len(old)
    swallowed = any(p.kind is ParameterKind.VAR_KEYWORD for p in _parameters(now))
    gone = loss.old.name if loss.old is not None and loss.new is None else ""
    return swallowed and gone in old and old.index(gone) < len(new)


def _still_served(member: Member, new: Interface) -> bool:
    """The name may still be had: through a module's `__getattr__`, or from a module that could not be read."""
    path = member.path
    above, _, name = path.rpartition(".")
    if any(path == module or path.startswith(module + ".") for module in new.unread) or above in new.unread:
        return True
    text = new.text(above)
    if re.search(r"^def __getattr__\(", text, re.MULTILINE):
        return re.search(rf"\b{re.escape(name)}\b", text) is not None
    return _SERVED.search(text) is not None


def _offered_above(member: Member, new: Interface) -> bool:
    """A name that moved between modules, and that a package above still offers."""
    parts = member.path.split(".")
    for n in range(len(parts) - 2, 0, -1):
        found = new.find(".".join([*parts[:n], parts[-1]]), inherited=True)
        if found is not None and new.real(found) is not None and found.is_public:
            return True
    return False


def _may_inherit(member: Member, new: Interface) -> bool:
    """A method that is gone from a class may come from a base that is not in the wheel."""
    if member.above is None or member.above.kind is not Kind.CLASS:
        return False
    found = new.find(member.above.path, inherited=True)
    cls = new.real(found) if found is not None else None
    if cls is None or cls.kind is not Kind.CLASS:
        return True
    try:
        chain = [cls, *new.classes_above(cls)]
    except ValueError:
        return True
    return any(new.has_strange_base(one, _PLAIN) for one in chain)


def _source(member: Member, old: Interface) -> str:
    """The lines that define an object; of a module its beginning."""
    real = old.real(member)
    if real is None:
        return ""
    text = old.text(real.module.path)
    if real.definition is None:
        return text[:4000]
    return "\n".join(text.splitlines()[real.definition.first - 1 : real.definition.last])


def _change_of(path: str, kind: ApiChangeKind, old: Interface, source: str, detail: str = "") -> ApiChange:
    name = path.rpartition(".")[2]
    announced = bool(_NOTICE.search(source)) or any(_near(name, text) for text in _around(path, old))
    return ApiChange(path[:200], kind, announced, detail)


def _around(path: str, old: Interface) -> Iterable[str]:
    """Texts of the modules a name lies in, from the inside out."""
    parts = path.split(".")
    return [text for n in range(len(parts), 0, -1) if (text := old.text(".".join(parts[:n])))][:2]


def _near(name: str, text: str) -> bool:
    """Whether a notice stands within a few lines of a mention of the name."""
    if _NOTICE.search(text) is None:
        return False
    lines = text.splitlines()
    mention = re.compile(rf"\b{re.escape(name)}\b")
    notices = [n for n, line in enumerate(lines) if _NOTICE.search(line)]
    return any(mention.search(line) for n in notices for line in lines[max(0, n - _NEAR) : n + _NEAR + 1])
