"""Which names and signatures of a public interface a newer one no longer offers, and whether that was announced.

Counted are modules, classes, functions and what `__all__` lists, and calls that worked before and are errors now.
Left out, because it is seldom a promise: defaults, return types, values, attributes of classes, dunder names, base
classes, functions that became another kind of object.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING

from supplytrust.ecosystems.contents import Contents
from supplytrust.ecosystems.pypi import public_api
from supplytrust.ecosystems.pypi.public_api import TRIPS, Interface, Text, target
from supplytrust.ecosystems.python_reading import facts_of
from supplytrust.ecosystems.values import InterfaceComparison
from supplytrust.errors import MalformedError, ToolMissingError
from supplytrust.evidence.source_code.interface_outline import Outline
from supplytrust.model.claims.release import ApiChange, ApiChangeKind

if TYPE_CHECKING:
    from griffe import Alias, Breakage, Object

    Named = Object | Alias

SECONDS = 40.0  # of computing, not of waiting: a busy machine changes nothing
_NOTICE = re.compile(r"deprecat|will be removed|FutureWarning", re.IGNORECASE)
_BOUND = ("self", "cls", "mcs", "metacls")  # given by the language, not by callers
_PLAIN = ("object", "Generic", "Protocol", "ABC", "abc.ABC", "typing.Protocol", "t.Protocol")
_SERVED = re.compile(r"^(?!class\b)[^\s#][^#\n]*\b__getattr__\b|^__getattr__\b|sys\.modules\[__name__\]", re.MULTILINE)
_ONE_AT_A_TIME = threading.Lock()  # two trees of a large package need 130 MiB, and threads compute in turns anyway
_NEAR = 4  # lines between a name and a notice about it


def compare(before: Contents, now: Contents) -> InterfaceComparison:
    """The interface of two pure wheels.

    Raises:
        TooLargeError: a limit of size, work or time was passed.
        MalformedError: the trees cannot be compared.
        ToolMissingError: griffe is not installed.
    """
    if find_spec("griffe") is None:
        raise ToolMissingError("griffe is not installed", hint="pip install griffelib")
    with _ONE_AT_A_TIME:
        return _compare_trees(before, now)


def _compare_trees(before: Contents, now: Contents) -> InterfaceComparison:
    deadline = time.thread_time() + SECONDS
    texts, newer = public_api.sources(before), public_api.sources(now)
    outlines = _read_outlines(texts)
    modules, names = _count(texts, outlines)
    if texts.keys() == newer.keys() and None not in outlines.values() and outlines == _read_outlines(newer):
        return InterfaceComparison(modules, names, 0, ())  # every module offers what it offered
    old, new = public_api.read(texts, deadline), public_api.read(newer, deadline)
    changes = {c.name: c for c in _changes(old, new)}
    return InterfaceComparison(modules, names, len(old.unread | new.unread), tuple(sorted(changes.values())))


def _read_outlines(texts: Mapping[str, Text]) -> dict[str, tuple[Outline, bool] | None]:
    """What each module offers and whether it is a package; None for one that cannot be read."""
    found: dict[str, tuple[Outline, bool] | None] = {}
    for name, text in texts.items():
        facts = facts_of(text.data or b"") if public_api.is_readable(text) else None
        found[name] = (facts.outline, text.package) if facts else None
    return found


def _count(texts: Mapping[str, Text], outlines: Mapping[str, tuple[Outline, bool] | None]) -> tuple[int, int]:
    """Public modules, packages without an `__init__` among them, and the public names in them."""
    known = {name: found[0] for name in texts if (found := outlines[name]) is not None and _is_public(name)}
    split = [name.split(".") for name in known]
    public = {".".join(parts[:n]) for parts in split for n in range(1, len(parts) + 1)}
    names = sum(one.names + (one.imported if texts[name].package else 0) for name, one in known.items())
    return len(public), names + sum("." in name for name in public)


def _is_public(path: str) -> bool:
    return not any(part.startswith("_") for part in path.split("."))


def _changes(old: Interface, new: Interface) -> Iterator[ApiChange]:
    from griffe import GriffeError, find_breaking_changes

    seen: set[str] = set()
    for name, package in old.packages.items():
        if name not in new.packages:
            if name not in new.unread:
                yield _change_of(name, ApiChangeKind.REMOVED, old, old.texts.get(name, "")[:4000])
            continue
        try:
            found = list(find_breaking_changes(package, new.packages[name]))
        except (GriffeError, *TRIPS) as error:
            raise MalformedError(f"the interface of {name[:60]} cannot be compared") from error
        for breakage in found:
            change = _change(breakage, old, new)
            key = _origin(breakage.obj)
            if change is not None and key not in seen:
                seen.add(key)
                yield change


def _origin(named: Named) -> str:
    """Where an object is defined, so that it counts once under all names it has; its own path if that is unknown."""
    found = target(named)
    return str(found.path if found is not None else named.path)


def _change(breakage: Breakage, old: Interface, new: Interface) -> ApiChange | None:
    from griffe import BreakageKind as Kind

    signature = (
        Kind.PARAMETER_REMOVED,
        Kind.PARAMETER_MOVED,
        Kind.PARAMETER_CHANGED_KIND,
        Kind.PARAMETER_CHANGED_REQUIRED,
        Kind.PARAMETER_ADDED_REQUIRED,
    )
    named, path = breakage.obj, str(breakage.obj.path)
    if breakage.kind is Kind.OBJECT_REMOVED:
        if not _counts(named) or any(kept(named, new) for kept in (_still_served, _may_inherit, _offered_above)):
            return None
        return _change_of(path, ApiChangeKind.REMOVED, old, _source(named, old))
    parameter = str(getattr(breakage.old_value or breakage.new_value, "name", ""))
    if breakage.kind not in signature or _takes_anything(breakage) or _no_callers_word(parameter):
        return None
    before = _member(path, old)
    if _still_callable(breakage, target(before) if before is not None else None):
        return None
    detail = f"{breakage.kind.value.lower()}: {parameter[:60]}"
    return _change_of(path, ApiChangeKind.SIGNATURE, old, _old_source(path, old), detail)


def _counts(named: Named) -> bool:
    """Whether a name is the kind of thing whose removal is told."""
    name = str(named.name)
    if not named.is_public or (name.startswith("__") and name.endswith("__")):
        return False
    listed = bool(named.parent and named.parent.is_module and named.parent.exports)
    found = target(named)  # None: an import from elsewhere
    return listed or (found is not None and (found.is_module or found.is_class or found.is_function))


def _no_callers_word(parameter: str) -> bool:
    """Parameters that callers do not name: bound by the language, or private by their name."""
    return parameter.startswith("_") or parameter in _BOUND


def _takes_anything(breakage: Breakage) -> bool:
    """A removed catch-all is no removed parameter: what it took is not known."""
    return str(getattr(getattr(breakage.old_value, "kind", ""), "value", "")).startswith("variadic")


def _still_callable(breakage: Breakage, before: Object | None) -> bool:
    """A parameter that took the place of another one, where callers by position or by keyword notice nothing."""
    from griffe import BreakageKind, Function, ParameterKind

    now = breakage.obj
    if not isinstance(before, Function) or not isinstance(now, Function):
        return False
    kinds = (ParameterKind.positional_only, ParameterKind.positional_or_keyword)
    old, new = ([p.name for p in f.parameters if p.kind in kinds] for f in (before, now))
    if breakage.kind is BreakageKind.PARAMETER_ADDED_REQUIRED:
        added = breakage.new_value
        return added.kind is ParameterKind.positional_only and added.name in new and new.index(added.name) < len(old)
    swallowed = any(p.kind is ParameterKind.var_keyword for p in now.parameters)
    gone = breakage.old_value.name if breakage.kind is BreakageKind.PARAMETER_REMOVED else ""
    return swallowed and gone in old and old.index(gone) < len(new)


def _still_served(named: Named, new: Interface) -> bool:
    """The name may still be had: through a module's `__getattr__`, or from a module that could not be read."""
    path = str(named.path)
    above, _, name = path.rpartition(".")
    if any(path == module or path.startswith(module + ".") for module in new.unread) or above in new.unread:
        return True
    text = new.texts.get(above, "")
    if re.search(r"^def __getattr__\(", text, re.MULTILINE):
        return re.search(rf"\b{re.escape(name)}\b", text) is not None
    return _SERVED.search(text) is not None


def _offered_above(named: Named, new: Interface) -> bool:
    """A name that moved between modules, and that a package above still offers."""
    parts = str(named.path).split(".")
    for n in range(len(parts) - 2, 0, -1):
        found = _member(".".join([*parts[:n], parts[-1]]), new)
        if found is not None and found.is_public:
            return True
    return False


def _member(path: str, interface: Interface) -> Named | None:
    """What a dotted path stands for; None when nothing, or nothing that is in the wheel."""
    from griffe import GriffeError

    top, _, rest = path.partition(".")
    try:
        found: Named = interface.packages[top][rest] if rest else interface.packages[top]
    except (GriffeError, *TRIPS):
        return None
    return found if target(found) is not None else None


def _may_inherit(named: Named, new: Interface) -> bool:
    """A method that is gone from a class may come from a base that is not in the wheel."""
    from griffe import Class

    if named.parent is None or not named.parent.is_class:
        return False
    found = _member(str(named.parent.path), new)
    cls = target(found) if found is not None else None
    if not isinstance(cls, Class):
        return True
    try:
        chain = [cls, *cls.mro()]
    except TRIPS:
        return True
    return any(len(c.resolved_bases) < sum(str(b) not in _PLAIN for b in c.bases) for c in chain)


def _source(named: Named, old: Interface) -> str:
    """The lines that define an object; of a module its beginning."""
    found = target(named)
    if found is None:
        return ""
    text = old.texts.get(found.module.path, "")
    if found.is_module or not found.lineno:
        return text[:4000]
    return "\n".join(text.splitlines()[found.lineno - 1 : found.endlineno])


def _old_source(path: str, old: Interface) -> str:
    """The lines that define what has this path in the older interface."""
    found = _member(path, old)
    return "" if found is None else _source(found, old)


def _change_of(path: str, kind: ApiChangeKind, old: Interface, source: str, detail: str = "") -> ApiChange:
    name = path.rpartition(".")[2]
    announced = bool(_NOTICE.search(source)) or any(_near(name, text) for text in _around(path, old))
    return ApiChange(path[:200], kind, announced, detail)


def _around(path: str, old: Interface) -> Iterable[str]:
    """Texts of the modules a name lies in, from the inside out."""
    parts = path.split(".")
    return [old.texts[name] for n in range(len(parts), 0, -1) if (name := ".".join(parts[:n])) in old.texts][:2]


def _near(name: str, text: str) -> bool:
    """Whether a notice stands within a few lines of a mention of the name."""
    if _NOTICE.search(text) is None:
        return False
    lines = text.splitlines()
    mention = re.compile(rf"\b{re.escape(name)}\b")
    notices = [n for n, line in enumerate(lines) if _NOTICE.search(line)]
    return any(mention.search(line) for n in notices for line in lines[max(0, n - _NEAR) : n + _NEAR + 1])
