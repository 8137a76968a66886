"""The named rules of a recipe with their reasons, and what helps when a build fails in a known way.

A failed build's last words are untrusted text: they only choose among interpreters of this machine and
releases that the index had at the cut-off, a bounded number of times, and cannot raise a level, since
contents are compared. What Python took away and brought: the "What's New" of each series, PEP 594, PEP 632.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from supplytrust.ecosystems.pypi.rebuild.environment import Interpreter, choose
from supplytrust.ecosystems.pypi.rebuild.recipe import Recipe

MOST: Final = 3  # remedies of one rebuild
WORDS: Final = 20_000  # characters of a failed build that are read, from their end
NOWHERE: Final = ("none",)  # the series of no interpreter
_ALIASES = "Mapping MutableMapping Sequence MutableSequence Set MutableSet Iterable Iterator Callable Hashable Sized"
_GONE: Final = {  # series -> modules, and attributes of modules and objects, that it no longer has
    "3.9": "dummy_threading fractions.gcd base64.encodestring base64.decodestring"
    " xml.etree.ElementTree.Element.getchildren",
    "3.10": "formatter parser symbol " + " ".join(f"collections.{name}" for name in _ALIASES.split()),
    "3.11": "binhex inspect.getargspec inspect.formatargspec asyncio.coroutine",
    "3.12": "asynchat asyncore distutils imp smtpd pkgutil.ImpImporter pkgutil.ImpLoader configparser.SafeConfigParser"
    " ConfigParser.readfp RawConfigParser.readfp SafeConfigParser.readfp ssl.wrap_socket locale.format",
    "3.13": "aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib ossaudiodev pipes sndhdr"
    " spwd sunau telnetlib uu xdrlib typing.io unittest.makeSuite unittest.findTestCases locale.resetlocale",
    "3.14": "ast.Str ast.Num ast.Bytes ast.NameConstant ast.Ellipsis pkgutil.find_loader pkgutil.get_loader",
}
_NEW: Final = {  # series -> what came with it
    "3.9": "graphlib zoneinfo ast.unparse functools.cache importlib.resources.files str.removeprefix str.removesuffix",
    "3.10": "typing.TypeAlias typing.ParamSpec typing.TypeGuard",
    "3.11": "tomllib typing.Self typing.NotRequired typing.Required typing.assert_never datetime.UTC",
    "3.12": "typing.override itertools.batched",
    "3.13": "typing.TypeIs warnings.deprecated",
    "3.14": "annotationlib string.templatelib compression",
}
_LACKS: Final = re.compile(
    r"No module named '(?P<module>[\w.]+)'"
    r"|cannot import name '(?P<name>\w+)' from '(?P<of>[\w.]+)'"
    r"|(?:module|type object) '(?P<owner>[\w.]+)' has no attribute '(?P<attribute>\w+)'"
    r"|'(?P<kind>[\w.]+)' object has no attribute '(?P<member>\w+)'"
)
_OTHER_PYTHON: Final = re.compile(
    r"does not satisfy Python\s?(?P<uv>[<>=!~][\d.,<>=!~* ]*)|Requires-Python (?P<pip>[<>=!~][\d.,<>=!~* ]*)"
)
_NO_WHEEL: Final = re.compile(r"ha(?:s|ve) no usable wheels|no wheels? with a matching|has no wheel for this machine")
_USE_2TO3: Final = re.compile(r"use_2to3 is invalid")

RECIPES: Final = {  # the rules that a recipe is inferred by
    "cut-off": "requirements as of the wheel's upload",
    "epoch": "all members have one time: SOURCE_DATE_EPOCH is that time",
    "no-epoch": "members have many times, or too old ones: SOURCE_DATE_EPOCH is not set",
    "clock": "files that the build writes are dated as in the wheel",
    "umask": "what the build wrote may be written by the group",
    "crlf": "METADATA has the line ends of Windows",
    "generator-pin": "the wheel names its generator and version",
    "bdist-wheel": "setuptools from 70.1 on writes another Generator than the wheel has",
    "self-bootstrap": "the package is its own build backend",
    "pure-switch": "the source's own build code leaves out compiled parts under this variable",
    "native-switch": "the source's own build code makes compiled parts under this variable only",
    "universal": "the file name says py2.py3",
    "no-license-file": "METADATA has no License-File, which setuptools writes from 57 on",
    "parenthesized-requires": "Requires-Dist has parentheses, as wheel wrote up to 0.41",
    "older-python": "another attempt on an older Python",
    "newer-python": "another attempt on a newer Python",
    "older-setuptools": "another attempt with an older setuptools",
    "no-setuptools-bound": "another attempt without a bound on setuptools",
    "cut-off-only": "another attempt with the declared requirements alone",
    "pretend-version": "a tree without history is told its version",
    "present-tools": "another attempt with the build tools of today",
    "tagged-python": "a native wheel is built on the Python that its tag names",
    "asked-python": "the caller named the Python",
}
REMEDIES: Final = {  # the rules that a failed build leads to
    "distutils-of-setuptools": "the build needs distutils, which left Python in 3.12; setuptools brings a copy",
    "pkg-resources": "the build needs pkg_resources, which left setuptools in 82",
    "use-2to3": "the build asks for use_2to3, which left setuptools in 58",
    "python-of-requirements": "a build requirement is not made for the Python taken first",
    "python-with-wheels": "a build requirement has no wheel for the Python taken first",
    **{f"python-before-{series}": f"the build needs what Python {series} no longer has" for series in _GONE},
    **{f"python-from-{series}": f"the build needs what came with Python {series}" for series in _NEW},
}
REASONS: Final = {**RECIPES, **REMEDIES}


@dataclass(frozen=True, slots=True)
class Remedy:
    """What a recipe gets under a rule: requirements beside the others, or the series it may be built on."""

    rule: str
    requires: tuple[str, ...] = ()
    series: tuple[str, ...] = ()

    def apply(self, recipe: Recipe) -> Recipe:
        """The recipe under this rule too; series that it was restricted to before stay a bound."""
        among = self.series or recipe.among
        if self.series and recipe.among:
            among = tuple(s for s in self.series if s in recipe.among) or NOWHERE
        return recipe.also(self.rule, besides=(*recipe.besides, *self.requires), among=among)


@dataclass(frozen=True, slots=True)
class Failure:
    """A build that gave no file. `words`: what it printed last, or what the installer said."""

    words: str
    recipe: Recipe
    python: Interpreter
    installed: frozenset[str]  # names of the distributions in its environment


def find(
    failed: Failure, requires_python: str, pythons: tuple[Interpreter, ...], used: Iterable[str] = ()
) -> Remedy | None:
    """The first remedy that was not used yet and with which some interpreter of this machine can build."""
    known = frozenset(used)
    for remedy in _remedies(failed, pythons):
        if remedy.rule in known:
            continue
        if choose(remedy.apply(failed.recipe), requires_python, pythons) is not None:
            return remedy
    return None


def _remedies(failed: Failure, pythons: tuple[Interpreter, ...]) -> Iterator[Remedy]:
    words = failed.words[-WORDS:]
    for name in _lacking(words):
        yield from _of_setuptools(name, failed.installed)
        yield from _of_python(name, failed.python, pythons)
    if _USE_2TO3.search(words):
        yield Remedy("use-2to3", ("setuptools<58",))
    for found in _OTHER_PYTHON.finditer(words):
        asked = (found["uv"] or found["pip"]).strip(" ,")
        if not _meets(asked, failed.python):
            yield _restrict_series("python-of-requirements", asked, pythons)
    if _NO_WHEEL.search(words):
        yield _restrict_series("python-with-wheels", f"<{failed.python.series}", pythons)


def _of_setuptools(name: str, installed: frozenset[str]) -> Iterator[Remedy]:
    """What some setuptools brings; one that is there already has not helped."""
    if name == "distutils" and "setuptools" not in installed:
        yield Remedy("distutils-of-setuptools", ("setuptools",))
    if name == "pkg_resources":
        yield Remedy("pkg-resources", ("setuptools<82",))


def _of_python(name: str, own: Interpreter, pythons: tuple[Interpreter, ...]) -> Iterator[Remedy]:
    """Older series for what is gone, newer ones for what came later than the one that was used."""
    for series in _series_of(name, _GONE):
        if own.version >= Version(series).release:
            yield _restrict_series(f"python-before-{series}", f"<{series}", pythons)
    for series in _series_of(name, _NEW):
        if own.version < Version(series).release:
            yield _restrict_series(f"python-from-{series}", f">={series}", pythons)


def _lacking(words: str) -> list[str]:
    """What the build says it misses, last first: modules, and attributes as `module.attribute`."""
    names: list[str] = []
    for found in _LACKS.finditer(words):
        if found["module"]:
            whole = found["module"]
            names += [whole.partition(".")[0], whole]
        else:
            owner = found["of"] or found["owner"] or found["kind"]
            names.append(f"{owner}.{found['name'] or found['attribute'] or found['member']}")
    return list(dict.fromkeys(reversed(names)))


def _series_of(name: str, table: dict[str, str]) -> list[str]:
    return [series for series, names in table.items() if name in names.split()]


def _restrict_series(rule: str, bound: str, pythons: tuple[Interpreter, ...]) -> Remedy:
    """Only the series of this machine that meet a bound; a series that nobody has when there are none."""
    return Remedy(rule, series=tuple(p.series for p in pythons if _meets(bound, p)) or NOWHERE)


def _meets(bound: str, python: Interpreter) -> bool:
    try:
        return SpecifierSet(bound).contains(".".join(map(str, python.version)))
    except InvalidSpecifier:
        return True
