"""The public interface of one wheel against the one before: what counts as gone, and what does not."""

import sys

import pytest

from simulators.cost import within
from simulators.index import wheel
from supplytrust.ecosystems.pypi import api_change, contents
from supplytrust.errors import SourceError, TooLargeError
from supplytrust.model.claims.release import ApiChangeKind
from supplytrust.model.subject import Artifact, ArtifactKind

REMOVED, SIGNATURE = ApiChangeKind.REMOVED, ApiChangeKind.SIGNATURE


def read(files, version="1.0"):
    made = wheel("demo", version, files)
    return contents.read(Artifact(made.name, made.sha256, ArtifactKind.WHEEL), made.data)


def compared(before, now):
    if isinstance(before, str):
        before, now = {"demo/__init__.py": before}, {"demo/__init__.py": now}
    return api_change.compare(read(before), read(now, "1.1"))


def changes(before, now):
    return [(c.name.removeprefix("demo."), c.kind) for c in compared(before, now).changes]


GONE = {
    "function": ("def f(): ...\ndef g(): ...", "def f(): ...", ("g", REMOVED)),
    "class": ("class C: ...\n", "x = 1\n", ("C", REMOVED)),
    "method": ("class C:\n def m(self): ...\n", "class C:\n pass\n", ("C.m", REMOVED)),
    "listed name": ("__all__ = ['X']\nX = 1\n", "__all__ = []\n", ("X", REMOVED)),
    "listed import": ("from os import path\n__all__ = ['path']\n", "", ("path", REMOVED)),
    "parameter": ("def f(a, b=1): ...", "def f(a): ...", ("f", SIGNATURE)),
    "required parameter": ("def f(a): ...", "def f(a, b): ...", ("f", SIGNATURE)),
    "default taken away": ("def f(a=1): ...", "def f(a): ...", ("f", SIGNATURE)),
    "order": ("def f(a, b): ...", "def f(b, a): ...", ("f", SIGNATURE)),
    "keyword only": ("def f(a): ...", "def f(*, a): ...", ("f", SIGNATURE)),
    "inherited method": (
        "class _B:\n def m(self): ...\nclass C(_B): ...\n",
        "class _B: ...\nclass C(_B): ...\n",
        ("C.m", REMOVED),
    ),
}


@pytest.mark.parametrize(("before", "now", "told"), GONE.values(), ids=GONE)
def test_what_callers_lose_is_told(before, now, told):
    assert changes(before, now) == [told]


def test_a_method_called_getattr_serves_no_module():
    before = {"demo/__init__.py": "class C:\n def __getattr__(self, name): ...\n", "demo/old.py": "def f(): ...\n"}
    assert changes(before, {"demo/__init__.py": before["demo/__init__.py"]}) == [("old", REMOVED)]


KEPT = {
    "nothing": ("def f(): ...", "def f(): ..."),
    "added": ("def f(): ...", "def f(): ...\ndef g(a): ..."),
    "private": ("def _f(): ...\nclass _C: ...", ""),
    "not listed": ("__all__ = ['f']\ndef f(): ...\ndef g(): ...", "__all__ = ['f']\ndef f(): ..."),
    "constant that is not listed": ("X = 1\n", ""),
    "import that is not listed": ("import os\nfrom os import path\n", ""),
    "default": ("def f(a=1): ...", "def f(a=2): ..."),
    "optional parameter": ("def f(a): ...", "def f(a, b=1): ..."),
    "swallowed parameter": ("def f(*, b=1): ...", "def f(**more): ..."),
    "private parameter": ("def f(a, _b=1): ...", "def f(a): ..."),
    "return type": ("def f() -> int: ...", "def f() -> str: ..."),
    "dunder": ("class C:\n def __repr__(self): ...\n", "class C:\n pass\n"),
    "value": ("__all__ = ['X']\nX = 1\n", "__all__ = ['X']\nX = 2\n"),
    "attribute of a class": ("class C:\n x = 1\n", "class C:\n pass\n"),
    "moved to a base": (
        "class B: ...\nclass C(B):\n def m(self): ...\n",
        "class B:\n def m(self): ...\nclass C(B): ...\n",
    ),
    "may be inherited from elsewhere": (
        "import x\nclass C(x.B):\n def m(self): ...\n",
        "import x\nclass C(x.B): ...\n",
    ),
    "served by __getattr__": (
        "def f(): ...",
        "def __getattr__(name):\n if name == 'f':\n  import warnings\n  warnings.warn('f')\n",
    ),
    "served by somebody's __getattr__": ("def f(): ...", "import lazy\n__getattr__, __dir__ = lazy.attach(__name__)\n"),
    "self without name": ("class C:\n def m(self, a): ...\n", "class C:\n def m(me, /, a): ...\n"),
    "in the same place": ("def f(__a, __b): ...", "def f(a, b, /): ..."),
    "in the same place, keywords swallowed": ("def f(a, all=False): ...", "def f(a, find_all=False, **kw): ..."),
    "import for checkers": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n from demo import x\n",
        "",
    ),
}


@pytest.mark.parametrize(("before", "now"), KEPT.values(), ids=KEPT)
def test_what_callers_do_not_lose_is_not_told(before, now):
    assert changes(before, now) == []


def test_a_module_is_told_once_and_not_by_its_parts():
    before = {"demo/__init__.py": "", "demo/old.py": "def f(): ...\nclass C:\n def m(self): ...\n"}
    assert changes(before, {"demo/__init__.py": ""}) == [("old", REMOVED)]


def test_a_package_that_is_gone_is_told():
    before = {"demo/__init__.py": "", "demo_extra.py": "def f(): ...\n"}
    assert [c.name for c in compared(before, {"demo/__init__.py": ""}).changes] == ["demo_extra"]


def test_a_name_counts_once_however_often_it_is_exported():
    before = {"demo/__init__.py": "from demo.core import f as f\n", "demo/core.py": "def f(a, b): ...\n"}
    now = {"demo/__init__.py": "from demo.core import f as f\n", "demo/core.py": "def f(a): ...\n"}
    assert len(changes(before, now)) == 1


def test_what_an_init_takes_from_its_own_package_is_public():
    before = {"demo/__init__.py": "from ._core import f\nfrom os import path\n", "demo/_core.py": "def f(): ...\n"}
    now = {"demo/__init__.py": "", "demo/_core.py": "def f(): ...\n"}
    assert changes(before, now) == [("f", REMOVED)]


def test_a_signature_behind_a_private_module_is_followed():
    before = {"demo/__init__.py": "from ._core import *\n", "demo/_core.py": "__all__ = ['f']\ndef f(a): ...\n"}
    now = {"demo/__init__.py": "from ._core import f\n__all__ = ['f']\n", "demo/_core.py": "def f(): ...\n"}
    assert changes(before, now) == [("_core.f", SIGNATURE)]


def test_a_method_of_a_class_from_a_private_module_is_followed():
    before = {
        "demo/__init__.py": "from ._core import C\n__all__ = ['C']\n",
        "demo/_core.py": "class C:\n def m(self): ...\n def _p(self): ...\nclass D:\n def m(self): ...\n",
    }
    now = before | {"demo/_core.py": "class C: ...\n"}
    assert changes(before, now) == [("_core.C.m", REMOVED)]


def test_a_move_that_the_package_hides_is_none():
    before = {"demo/__init__.py": "from demo.a import f\n", "demo/a.py": "def f(): ...\ndef g(): ...\n"}
    now = {"demo/__init__.py": "from demo.b import f\n", "demo/a.py": "def g(): ...\n", "demo/b.py": "def f(): ...\n"}
    assert changes(before, now) == []


@pytest.mark.parametrize(
    "before",
    [
        "import warnings\ndef f():\n warnings.warn('use g', DeprecationWarning)\n",
        "from warnings import deprecated\n@deprecated('use g')\ndef f(): ...\n",
        'def f():\n """Does it.\n\n .. deprecated:: 1.0\n    Will be removed in 1.1.\n """\n',
        "def f(): ...\ndef __getattr__(name):\n if name == 'f':\n  warn('deprecated')\n",
    ],
    ids=["warning", "decorator", "documentation", "module"],
)
def test_a_notice_in_the_older_source_announces(before):
    (change,) = compared(before, "def g(): ...").changes
    assert (change.name, change.announced) == ("demo.f", True)


def test_a_notice_about_something_else_far_away_does_not():
    before = "def f(): ...\n" + "\n" * 20 + "def h():\n 'deprecated'\n"
    (change,) = compared(before, "def h(): ...").changes
    assert not change.announced


def test_an_unread_module_is_counted_and_takes_its_names_out():
    before = {"demo/__init__.py": "", "demo/a.py": "def f(): ...\n"}
    result = compared(before, {"demo/__init__.py": "", "demo/a.py": "def f(:\n"})
    assert (result.unread, result.changes) == (1, ())


def test_tests_examples_and_copies_of_others_are_not_the_interface():
    before = {f"demo/{p}": "def f(): ...\n" for p in ("tests/a.py", "_vendor/x.py", "test_a.py", "examples/e.py")}
    result = compared(before | {"demo/__init__.py": "def f(): ...\n"}, {"demo/__init__.py": "def f(): ...\n"})
    assert (result.modules, result.names, result.changes) == (1, 1, ())


def test_modules_without_a_package_file_are_read():
    before = {"demo/space/a.py": "def f(): ...\n", "demo/__init__.py": ""}
    now = {"demo/space/a.py": "def g(): ...\n", "demo/__init__.py": ""}
    assert changes(before, now) == [("space.a.f", REMOVED)]


HOSTILE = {
    "ladder of classes": {
        "demo/__init__.py": "class A0: ...\nclass B0: ...\n"
        + "".join(f"class A{n}(A{n - 1}, B{n - 1}): ...\nclass B{n}(B{n - 1}, A{n - 1}): ...\n" for n in range(1, 60))
    },
    "chain of classes": {
        "demo/__init__.py": "class A0: ...\n" + "".join(f"class A{n}(A{n - 1}): ...\n" for n in range(1, 900))
    },
    "star imports": {"demo/__init__.py": ""}
    | {"demo/m0.py": "".join(f"n{i} = {i}\n" for i in range(2_500))}
    | {f"demo/m{n}.py": f"from demo.m{n - 1} import *\n" for n in range(1, 1300)},
    "too many modules": {f"demo/m{n}.py": "" for n in range(api_change.MOST_FILES + 1)},
}


@pytest.mark.parametrize("files", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.sampled(1)
def test_more_than_can_be_followed_is_refused_in_time(files):
    within(5, lambda: too_large(files))


def too_large(files):
    with pytest.raises(TooLargeError):
        compared(files, {"demo/__init__.py": ""})


ODD = {
    "circle of imports": {"demo/__init__.py": "from demo.a import x\n", "demo/a.py": "from demo import x\n"},
    "circle of stars": {"demo/__init__.py": "from demo.a import *\n", "demo/a.py": "from demo import *\n"},
    "circle of classes": {"demo/__init__.py": "class A(B): ...\nclass B(A): ...\n"},
    "odd __all__": {"demo/__init__.py": "from demo import nope\n__all__ = nope.__all__ + [1, *x] + ['f']\n"},
    "deep": {"demo/__init__.py": "x = " + "(" * 150 + "1" + ")" * 150 + "\n"},
    "long sum": {"demo/__init__.py": "x = " + "+".join(["1"] * 20_000) + "\n"},
    "nothing": {"demo/data.txt": "x"},
    "zero byte": {"demo/__init__.py": b"x = 1\x00\n"},
    "not text": {"demo/__init__.py": b"\xff\xfe\x00\x01" * 40},
    "escapes": {"demo/__init__.py": "x = '\\d'\ny = 1 is 1\n"},
    "import in a class": {"demo/__init__.py": "class A:\n from nowhere import x\nclass B(A):\n from demo import y\n"},
}


@pytest.mark.parametrize("files", ODD.values(), ids=ODD)
@pytest.mark.parametrize("backwards", [False, True])
def test_odd_sources_are_read_or_refused_with_a_reason(files, backwards, capfd):
    plain = {"demo/__init__.py": "def f(): ...\n"}
    try:
        compared(*((plain, files) if backwards else (files, plain)))
    except SourceError as error:
        assert error.reason in ("too-large", "malformed")
    assert capfd.readouterr() == ("", "")


def test_a_long_block_is_read_like_any_other():
    before = {"demo/__init__.py": "def f(): ...\n", "demo/m.py": "".join(f"n{i} = {i}\n" for i in range(5_000))}
    result = compared(before, before | {"demo/__init__.py": "\n"})
    assert (result.unread, [c.name for c in result.changes]) == (0, ["demo.f"])


def test_nothing_of_the_wheel_is_executed(tmp_path, monkeypatch):
    mark = tmp_path / "ran"
    text = f"open({str(mark)!r}, 'w').close()\nimport demo_nowhere\ndef f(): ...\n"
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "demo_nowhere.py").write_text(text)
    known = set(sys.modules)
    compared(text, "from demo_nowhere import *\n")
    assert not mark.exists()
    assert not {m for m in set(sys.modules) - known if m.startswith("demo")}
