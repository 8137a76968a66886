"""The public interface of a wheel as a tree of names and signatures, made of the outlines of its modules.

Names are followed through imports, star imports and base classes, inside the wheel alone: nothing is imported or looked
for on disk. Public is what the project says (`__all__`), else what has no leading underscore and is defined in the
module, or is imported from the same package into a package's `__init__`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from supplytrust.errors import TooLargeError
from supplytrust.evidence.source_code.interface_outline import Base, Definition, Kind, Outline

MOST_WORK = 3_000_000
DEEPEST = 100  # classes above each other


@dataclass(frozen=True, slots=True)
class Text:
    """One module's source. `package`: it is an `__init__`; `data` is None when the bytes were not kept."""

    data: bytes | None
    package: bool


class Member:
    """A module, class, function or value, or a name for one (`kind` is IMPORT): of an import, of a star import or of a
    member of a base class. `target` is the path that such a name stands for."""

    __slots__ = (
        "above", "checked_only", "definition", "imported", "inherited", "kind", "line", "linked", "listed", "members",
        "name", "order", "package", "path", "public", "real", "sought", "target",
    )  # fmt: skip

    def __init__(self, name: str, kind: Kind, above: Member | None, definition: Definition | None = None) -> None:
        self.name, self.kind, self.above, self.definition = name, kind, above, definition
        self.path: str = name if above is None else f"{above.path}.{name}"
        self.members: dict[str, Member] = {}
        self.imported: frozenset[str] = frozenset()
        self.listed: list[str] | None = None
        self.line = definition.first if definition else 0
        self.checked_only = definition is not None and definition.checked_only
        self.public: bool | None = None
        self.package = self.inherited = False
        self.target = ""
        self.linked: Member | None = None  # what it stands for, where that needs no path
        self.real: Member | None = None
        self.sought = False  # `real` is the answer
        self.order: list[Member] | None = None  # of a class: the classes above it

    @property
    def module(self) -> Member:
        """The module it lies in."""
        found = self
        while found.kind is not Kind.MODULE and found.above is not None:
            found = found.above
        return found

    @property
    def is_special(self) -> bool:
        """Whether Python itself uses a name like this."""
        return self.name.startswith("__") and self.name.endswith("__")

    @property
    def is_public(self) -> bool:
        """Whether callers are offered it."""
        said = self.linked.public if self.inherited and self.linked is not None else self.public
        if said is not None:
            return said
        if self.kind is Kind.MODULE and not self.name.startswith("_"):
            return True
        if self.above is not None and self.above.kind is Kind.MODULE and self.above.listed:
            return self.name in self.above.listed
        if self.name.startswith("_") and not self.is_special:
            return False
        return self.above is None or self.name not in self.above.imported

    @property
    def is_taken_by_star(self) -> bool:
        """Whether `import *` of its module takes it."""
        above = self.above
        if self.checked_only or above is None or above.kind is not Kind.MODULE:
            return False
        if above.listed is not None:
            return self.name in above.listed
        return not self.name.startswith("_") and (self.kind is not Kind.MODULE or self.name in above.imported)


class Interface:
    """The packages of one wheel. `unread` modules are not in the tree."""

    def __init__(self, texts: Mapping[str, Text], outlines: Mapping[str, Outline | None]) -> None:
        """Put the modules together. TooLargeError: too much to follow."""
        self._texts = texts
        self._tops: dict[str, Member] = {}
        self.unread = frozenset(name for name in texts if outlines[name] is None)
        try:
            for name in sorted(texts.keys() - self.unread, key=lambda n: (n.count("."), n)):
                self._add(name, texts[name], outlines[name])
            self._follow(outlines)
        except RecursionError as error:
            raise TooLargeError("imports or classes are nested too deeply") from error
        self.packages = {name: top for name, top in self._tops.items() if not name.startswith("_")}

    def text(self, module: str) -> str:
        """The source of a module; '' for one that is not in the tree."""
        known = self._texts.get(module) if module not in self.unread else None
        return (known.data or b"").decode("utf-8-sig", "replace") if known else ""

    # --- the tree

    def _add(self, name: str, text: Text, outline: Outline | None) -> None:
        above, _, own = name.rpartition(".")
        module = Member(own, Kind.MODULE, self._package(above) if above else None)
        module.package = text.package
        if outline is not None:
            _fill(module, outline.members, outline.imported)
        (module.above.members if module.above else self._tops)[own] = module

    def _package(self, name: str) -> Member:
        """The package a module lies in; one without an `__init__` (a namespace, or one not read) is made up."""
        above, _, own = name.rpartition(".")
        package = self._package(above) if above else None
        members = package.members if package else self._tops
        known = members.get(own)
        if known is None or known.kind is not Kind.MODULE:
            known = members[own] = Member(own, Kind.MODULE, package)
            known.package = True
        return known

    def _modules(self) -> Iterator[Member]:
        stack = list(self._tops.values())
        while stack:
            one = stack.pop()
            yield one
            stack.extend(m for m in one.members.values() if m.kind is Kind.MODULE)

    def _follow(self, outlines: Mapping[str, Outline | None]) -> None:
        """Lists, star imports, and what is public, when that is a bounded amount of work."""
        every = list(self._modules())
        names = sum(len(m.members) for m in every)
        stars = sum(d.definition is not None and d.definition.is_star for m in every for d in m.members.values())
        if names * max(stars, 1) > MOST_WORK:
            raise TooLargeError(f"{stars} star imports of {names} names are not followed")
        open_lists = {m.path: outline.listed for m in every if (outline := outlines.get(m.path)) and outline.listed}
        for module in every:
            outline = outlines.get(module.path)
            if outline is not None and outline.listed is not None:
                module.listed = []
        for path in open_lists:
            self._list(path, open_lists, set())
        seen: set[str] = set()
        for module in every:
            self._take_stars(module, seen)
        for module in every:
            _mark_public(module)
        self._check_classes(every)

    def _list(self, path: str, lists: Mapping[str, Sequence[tuple[str, bool]]], seen: set[str]) -> None:
        """Put the lists of other modules in the place of their names."""
        module = self.find(path)
        if module is None or path in seen or module.listed:
            return
        seen.add(path)
        found: dict[str, None] = {}
        for name, is_list in lists.get(path, ()):
            if not is_list:
                found[name] = None
                continue
            other = self.find(self.resolve(module, name).rpartition(".")[0])
            if other is not None and other.kind is Kind.MODULE:
                self._list(other.path, lists, seen)
                found.update(dict.fromkeys(other.listed or ()))
        module.listed = list(found)

    def _take_stars(self, module: Member, seen: set[str]) -> None:
        """Put what star imports take in the place of them; what is bound below a star import stays."""
        if module.path in seen:
            return
        seen.add(module.path)
        taken: list[tuple[Member, int]] = []
        for key, member in list(module.members.items()):
            if member.definition is None or not member.definition.is_star:
                continue
            other = self.find(member.target)
            del module.members[key]
            if other is not None and other.kind is Kind.MODULE:
                self._take_stars(other, seen)
                taken += [(m, member.line) for m in other.members.values() if m.is_taken_by_star]
        for member, line in taken:
            known = module.members.get(member.name)
            if member.kind is Kind.IMPORT and member.target == f"{module.path}.{member.name}":
                continue
            if known is not None and (line <= known.line or self._is_module(known)):
                continue
            name = Member(member.name, Kind.IMPORT, module)
            name.linked, name.target, name.line = member, member.path, line
            module.members[member.name] = name

    def _is_module(self, member: Member) -> bool:
        real = self.real(member)
        return real is not None and real.kind is Kind.MODULE

    # --- what names stand for

    def find(self, path: str, *, inherited: bool = False) -> Member | None:
        """What has a dotted path, through imports; None when there is none. `inherited`: members of bases count."""
        first, *rest = path.split(".")
        found = self._tops.get(first)
        for part in rest:
            real = self.real(found) if found is not None else None
            if real is None:
                return None
            found = self.member_of(real, part) if inherited else real.members.get(part)
        return found

    def step(self, name: Member) -> Member | None:
        """What a name stands for, which may be another name; None when that leads nowhere."""
        if self.real(name) is None:
            return None
        return name.linked if name.linked is not None else self.find(name.target)

    def real(self, member: Member) -> Member | None:
        """The object behind a name; None when it is not in the wheel, or names go in a circle."""
        if member.kind is not Kind.IMPORT:
            return member
        if not member.sought:
            member.sought = True  # asked again on the way, it is a circle
            aim = member.linked if member.linked is not None else self.find(member.target)
            member.real = None if aim is None else self.real(aim)
        return member.real

    def resolve(self, scope: Member, path: str) -> str:
        """A dotted path as it is written in a scope, from the top of the wheel; as it is when nobody binds it."""
        first, dot, rest = path.partition(".")
        at: Member | None = scope
        while at is not None:
            known = at.members.get(first)
            if known is not None:
                return f"{known.target if known.kind is Kind.IMPORT else known.path}{dot}{rest}"
            at = at.above
            if at is not None and at.kind is not Kind.MODULE and at.name == first:
                return f"{at.path}{dot}{rest}"
        return path

    # --- classes

    def bases(self, cls: Member) -> list[Member]:
        """The base classes that are in the wheel."""
        written = cls.definition.bases if cls.definition else ()
        scope = cls.above or cls
        found = (self.find(self.resolve(scope, base.path)) for base in written if base.path)
        real = (self.real(one) for one in found if one is not None)
        return [one for one in real if one is not None]

    def has_strange_base(self, cls: Member, plain: Sequence[str]) -> bool:
        """Whether a base is not in the wheel, but for the `plain` ones that bring nothing."""
        written: tuple[Base, ...] = cls.definition.bases if cls.definition else ()
        return len(self.bases(cls)) < sum(not (base.bare and base.path in plain) for base in written)

    def classes_above(self, cls: Member) -> list[Member]:
        """The classes it inherits from, nearest first (PEP 253, C3). ValueError when there is no such order."""
        return self._order(cls, ())[1:]

    def _order(self, cls: Member, seen: tuple[Member, ...]) -> list[Member]:
        if cls.order is not None:
            return cls.order
        bases = [base for base in self.bases(cls) if base.kind is Kind.CLASS]
        if cls in seen or any(base in (*seen, cls) for base in bases):
            raise ValueError("classes inherit from each other in a circle")
        cls.order = [cls, *_merge([*(list(self._order(base, (*seen, cls))) for base in bases), bases])]
        return cls.order

    def _above(self, member: Member) -> list[Member]:
        """The classes above a member that is a class; none when they have no order."""
        if member.kind is not Kind.CLASS or not member.definition or not member.definition.bases:
            return []
        try:
            return self.classes_above(member)
        except ValueError:
            return []

    def member_of(self, member: Member, name: str) -> Member | None:
        """A member by its name, of a class also what it inherits."""
        own = member.members.get(name)
        if own is not None:
            return own
        return next((base.members[name] for base in self._above(member) if name in base.members), None)

    def public_members(self, member: Member) -> Iterator[tuple[str, Member]]:
        """Members that callers are offered; of a class those of its bases first, under names of their own."""
        heirs: dict[str, Member] = {}
        for base in reversed(self._above(member)):
            heirs.update((name, inner) for name, inner in base.members.items() if name not in member.members)
        for name, inner in heirs.items():
            if name.startswith("_") and not inner.is_special and inner.public is None:
                continue
            heir = Member(name, Kind.IMPORT, member)
            heir.linked, heir.target, heir.inherited, heir.line = inner, inner.path, True, inner.line
            if heir.is_public:
                yield name, heir
        yield from ((name, inner) for name, inner in member.members.items() if inner.is_public)

    def _check_classes(self, modules: Iterable[Member]) -> None:
        """Looking at inherited members costs the sum over all paths to base classes: TooLargeError beyond a bound."""
        known: dict[Member, int] = {}
        total, stack = 0, [member for module in modules for member in module.members.values()]
        while stack:
            member = stack.pop()
            if member.kind is Kind.CLASS:
                for name in [name for name, inner in member.members.items() if self.real(inner) is None]:
                    del member.members[name]  # nobody can look behind it, heirs neither
                total += self._cost(member, known, 0)
                stack.extend(member.members.values())
            if total > MOST_WORK:
                raise TooLargeError("classes inherit from each other along too many paths")

    def _cost(self, cls: Member, known: dict[Member, int], depth: int) -> int:
        """Members to visit for a class, its own and those reached along every path to a base."""
        if depth > DEEPEST:
            raise TooLargeError("classes inherit from each other too deeply")
        if cls not in known:
            known[cls] = 1  # in a circle, the first one met counts little
            bases = [base for base in self.bases(cls) if base.kind is Kind.CLASS]
            known[cls] = (
                1 + len(cls.members) + len(bases) ** 2 + sum(self._cost(base, known, depth + 1) for base in bases)
            )
        return known[cls]


def _fill(scope: Member, members: Iterable[Definition], imported: Iterable[str]) -> None:
    """Put definitions into a module or class."""
    module = scope.module
    scope.imported = frozenset(n.removeprefix(".") for n in imported if not (module.package and n.startswith(".")))
    for definition in members:
        if definition.kind is Kind.IMPORT:
            _add_import(scope, module, definition)
            continue
        made = Member(definition.name, definition.kind, scope, definition)
        scope.members[definition.name] = made
        if definition.kind is Kind.CLASS:
            _fill(made, definition.members, definition.imported)


def _add_import(scope: Member, module: Member, definition: Definition) -> None:
    """A name for what lies elsewhere, or for itself: that one is bound already, by a submodule or lines above."""
    target = _absolute(module, definition)
    name = target if definition.is_star else definition.name
    made = Member(name, Kind.IMPORT, scope, definition)
    made.target = target.removesuffix(".*")
    scope.members[name] = made


def _absolute(module: Member, definition: Definition) -> str:
    """The full path of what is imported (PEP 328); as far up as there are packages."""
    if not definition.level:
        return definition.target
    at, up = module, definition.level - module.package
    while up > 0 and at.above is not None:
        at, up = at.above, up - 1
    return f"{at.path}.{definition.target}"


def _mark_public(module: Member) -> None:
    """Names that an `__init__` without `__all__` takes from its own package are offered to callers by it."""
    if module.listed or not module.package:
        return
    top = module.path.partition(".")[0] + "."
    for name, member in module.members.items():
        if member.kind is Kind.IMPORT and not name.startswith("_"):
            member.public = not member.checked_only and member.target.startswith(top)


def _merge(lists: list[list[Member]]) -> list[Member]:
    """The C3 order of lists. ValueError when there is none."""
    found: list[Member] = []
    pending = [list(reversed(one)) for one in lists if one]
    while pending:
        tails = {id(m) for one in pending for m in one[:-1]}
        head = next((one[-1] for one in pending if id(one[-1]) not in tails), None)
        if head is None:
            raise ValueError("the classes above have no common order")
        found.append(head)
        for one in pending:
            if one[-1] is head:
                one.pop()
        pending = [one for one in pending if one]
    return found
