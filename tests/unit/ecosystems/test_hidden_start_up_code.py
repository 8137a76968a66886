"""What pip runs when it installs a source distribution, and what this program sees of it.

The table was measured with pip 23.2.1 and pip 26.3 on CPython 3.11 in a box without network, with a start-up file that
left its label behind (`pip wheel --no-index --no-deps --no-build-isolation`). '' means that it refused or ran nothing.
"""

import hashlib
import warnings

import pytest

from simulators import odd_sdists
from simulators.index import default_files, wheel
from supplytrust.ecosystems.pypi import contents, hooks
from supplytrust.model.claims.artifact import HookKind
from supplytrust.model.subject import Artifact, ArtifactKind

RAN = {  # variant: labels that pip 23.2.1 ran, labels that pip 26.3 ran
    "root 'pkg-1.1/'": ("A", "A"),
    "root '.pkg-1.1/'": ("A", "A"),
    "root '..pkg-1.1/'": ("A", "A"),
    "root './pkg-1.1/'": ("", ""),
    "root './/pkg-1.1/'": ("", ""),
    "root '././pkg-1.1/'": ("", ""),
    "root 'pkg-1.1/./'": ("A", "A"),
    "root 'pkg-1.1//'": ("", "A"),
    "root 'pkg 1.1/'": ("A", "A"),
    "root ' pkg-1.1/'": ("A", "A"),
    "root 'pkg-1.1 /'": ("A", "A"),
    "root 'pkg/'": ("A", "A"),
    "root 'other-2.0/'": ("A", "A"),
    "root '/pkg-1.1/'": ("A", "A"),
    "root '//pkg-1.1/'": ("A", "A"),
    "root 'pkg-1.1\\\\'": ("A", "A"),
    "root ''": ("A", "A"),
    "root './'": ("A", "A"),
    "root '...'": ("", ""),
    "root '.../'": ("A", "A"),
    "root 'pkg-1.1/sub/../'": ("A", ""),
    "root 'pkg-1.1/../pkg-1.1/'": ("", ""),
    "root 'pkg-1.1/sub/'": ("", ""),
    "root '-/'": ("A", "A"),
    "root '\\\\pkg-1.1/'": ("A", "A"),
    "root 'PKG-1.1/'": ("A", "A"),
    "two roots": ("", ""),
    "two roots, the first one dotted": ("", ""),
    "a file beside the root": ("", ""),
    "a setup.py beside the root": ("B", "B"),
    "a folder beside the root": ("", ""),
    "a folder '.' first": ("", ""),
    "a folder './' among no root": ("A", "A"),
    "the root is a link": ("", ""),
    "the root is a link, and used": ("", ""),
    "1 links": ("A", "A"),
    "2 links": ("A", "A"),
    "3 links": ("A", "A"),
    "4 links": ("A", "A"),
    "5 links": ("A", "A"),
    "6 links": ("A", "A"),
    "7 links": ("A", "A"),
    "8 links": ("A", "A"),
    "9 links": ("A", "A"),
    "a link before its file": ("A", "A"),
    "a link into a folder": ("A", "A"),
    "a link over a folder link": ("A", "A"),
    "a link with dots": ("A", "A"),
    "a link that leaves and returns": ("", ""),
    "a link that leaves": ("", ""),
    "an absolute link": ("", ""),
    "a link to itself": ("", ""),
    "a dangling link": ("", ""),
    "a hard link": ("A", "A"),
    "a hard link with a dot": ("A", ""),
    "a hard link before its file": ("", ""),
    "a hard link to a link": ("A", "A"),
    "a hard link to a hard link": ("A", "A"),
    "a link to a hard link": ("A", "A"),
    "a hard link, then another file of that name": ("A", "B"),
    "below a link to the root": ("A", "A"),
    "below a link to the root from above": ("", ""),
    "below a link made later": ("", ""),
    "written through a link": ("A", "A"),
    "written through a link over a file": ("A", "A"),
    "twins": ("B", "B"),
    "twins, one with a dot": ("B", "B"),
    "a link after its file": ("B", "B"),
    "a file after its link": ("A", "A"),
    "a file, then a folder of its name": ("A", "A"),
    "SETUP.PY": ("", ""),
    "Setup.py and setup.py": ("A", "A"),
    "a pax path": ("A", "A"),
    "a pax path with a dotted root": ("", ""),
    "a global pax path": ("A", "A"),
    "a GNU long name": ("A", "A"),
    "an unknown type": ("A", ""),
    "a contiguous file": ("A", "A"),
    "an old regular file": ("A", "A"),
    "a sparse file": ("A", "A"),
    "a name without UTF-8": ("A", "A"),
    "two bz2 streams": ("A", "A"),
    "a zip in the gzip header": ("A", ""),
    "a zip behind the tar": ("A", ""),
    "zip": ("A", "A"),
    "zip root '.pkg-1.1/'": ("A", "A"),
    "zip root './pkg-1.1/'": ("", ""),
    "zip root 'pkg-1.1\\\\'": ("A", "A"),
    "zip root '/pkg-1.1/'": ("A", "A"),
    "zip root ''": ("A", "A"),
    "zip root 'pkg-1.1//'": ("", ""),
    "zip root 'pkg-1.1/./'": ("A", "A"),
    "zip twins": ("B", "B"),
    "zip link whose target is code": ("A", "A"),
    "zip link to a file": ("", ""),
    "zip two roots": ("", ""),
    "backend": ("A", "A"),
    "backend in a folder": ("A", "A"),
    "backend package": ("A", "A"),
    "backend submodule": ("B", "B"),
    "backend path with dots": ("A", "A"),
    "backend path is a link": ("A", "A"),
    "backend is a link": ("A", "A"),
    "backend object": ("A", "A"),
    "pyproject.toml is a link": ("A", "A"),
}  # fmt: skip
# What pip runs is shown nowhere, so that it has to be stated that there may be more than is shown.
NOT_SHOWN = {
    "9 links", "an unknown type", "a sparse file", "a zip in the gzip header", "a zip behind the tar",
    "a hard link, then another file of that name",
}  # fmt: skip


def code(label):
    """Inert text: it is read and never run."""
    return f"import os\n\nos.stat({label!r})\n".encode()


LABELS = {hashlib.sha256(code(label)).hexdigest(): label for label in "AB"}
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # twins in a zip
    VARIANTS = odd_sdists.variants(code)


def read(name):
    file_name, data = VARIANTS[name]
    return contents.read(Artifact(file_name, "", ArtifactKind.SDIST), data)


def shown(found):
    return {LABELS[h.sha256] for h in found.hooks if h.executes and h.sha256 in LABELS}


def test_every_variant_was_measured():
    assert set(RAN) == set(VARIANTS)


@pytest.mark.parametrize("name", RAN)
def test_what_pip_runs_is_shown_or_said_to_be_unclear(name):
    found = hooks.startup_hooks(read(name))
    missing = set("".join(RAN[name])) - shown(found)
    assert not missing or found.unclear
    assert bool(missing) == (name in NOT_SHOWN)


@pytest.mark.parametrize("name", RAN)
def test_a_start_up_file_that_comes_with_an_odd_archive_is_never_no_news(name):
    before = contents.read(Artifact("pkg-1.0.tar.gz", "", ArtifactKind.SDIST), odd_sdists.sdist(root="pkg-1.0/")[1])
    found = hooks.change("1.0", before, read(name), (1, 1))
    ran = set("".join(RAN[name]))
    news = {LABELS.get(hook.sha256, "") for hook in found.new_hooks if hook.executes}
    assert ran <= news or found.unclear


ODD_ROOTS = (
    ".pkg-1.1/",
    "..pkg-1.1/",
    "pkg 1.1/",
    " pkg-1.1/",
    "pkg-1.1 /",
    "pkg/",
    "other-2.0/",
    ".../",
    "-/",
    "",
    "./",
)
ORDINARY_ROOTS = ("pkg-1.1/", "./pkg-1.1/", "pkg-1.1/./", "PKG-1.1/")


@pytest.mark.parametrize("root", ODD_ROOTS)
def test_a_root_that_is_not_name_and_version_is_told(root):
    assert any(problem.startswith("odd-root: ") for problem in read(f"root {root!r}").problems)


@pytest.mark.parametrize("root", ORDINARY_ROOTS)
def test_an_ordinary_root_is_no_problem(root):
    assert read(f"root {root!r}").problems == ()


@pytest.mark.parametrize(
    ("file_name", "root"),
    [
        ("my_pkg-1.0.tar.gz", "my-pkg-1.0"), ("My.Pkg-1.0.tar.gz", "my_pkg-1.0"), ("pkg-1.0.tar.gz", "pkg-1.0.0"),
        ("pkg-1.0.post1.tar.gz", "pkg-1.0-1"), ("pkg-1.0rc1.zip", "pkg-1.0-rc1"), ("pkg-1.0.tgz", "pkg-1.0"),
        ("pkg-2-1.0.tar.bz2", "pkg_2-1.0"), ("pkg-1.0+local.1.tar.gz", "pkg-1.0+local_1"), ("a-1!2.0.tar.gz", "a-1!2.0"),
    ],
)  # fmt: skip
def test_roots_may_be_spelled_as_old_and_new_tools_spell_them(file_name, root):
    _, data = odd_sdists.sdist(root=f"{root}/")
    if file_name.endswith(".zip"):
        _, data = odd_sdists.zipped((f"{root}/PKG-INFO", odd_sdists.INFO))
    assert contents.read(Artifact(file_name, "", ArtifactKind.SDIST), data).problems == ()


def test_links_that_lead_nowhere_do_not_matter_where_no_code_starts():
    name, data = odd_sdists.sdist(("docs/gone", odd_sdists.link("nowhere")), ("setup.cfg", b""))
    found = contents.read(Artifact(name, "", ArtifactKind.SDIST), data)
    assert found.problems == ("unresolved-link: docs/gone -> nowhere",)
    assert hooks.startup_hooks(found).unclear == ()


@pytest.mark.parametrize("path", ["setup.cfg", "pyproject.toml", "setup.py", "x.pth"])
def test_links_that_lead_nowhere_matter_where_code_starts(path):
    name, data = odd_sdists.sdist((path, odd_sdists.link("nowhere")))
    found = contents.read(Artifact(name, "", ArtifactKind.SDIST), data)
    assert hooks.startup_hooks(found).unclear == (path,)


@pytest.mark.parametrize("module", ["gone", "gone.deep", "setuptools.build_meta"])
def test_a_backend_of_its_own_that_cannot_be_found_is_unclear(module):
    name, data = odd_sdists.backend('["tools"]', module, ("tools/other.py", b"x = 1"))
    found = contents.read(Artifact(name, "", ArtifactKind.SDIST), data)
    (why,) = hooks.startup_hooks(found).unclear
    assert module in why


@pytest.mark.parametrize(
    "path",
    [  # pip 23.2.1 and 26.3 write each of them as evil.pth among the packages
        "./evil.pth", ".//evil.pth", "demo/../evil.pth", "x//../evil.pth", "demo-1.0.data/./purelib/evil.pth",
        "demo-1.0.data/purelib/.//evil.pth", "other-2.data/platlib/evil.pth",
    ],
)  # fmt: skip
def test_a_wheel_member_is_a_hook_where_pip_installs_it(path):
    made = wheel("demo", "1.0", {**default_files("demo", "1.0"), path: "import os\n"})
    found = contents.read(Artifact(made.name, made.sha256, ArtifactKind.WHEEL), made.data)
    assert [(h.kind, h.executes) for h in hooks.startup_hooks(found).hooks] == [(HookKind.PTH, True)]


def test_a_link_in_a_wheel_is_the_text_that_pip_writes():
    _, data = odd_sdists.zipped(("demo/code", b"import os"), (odd_sdists.zip_link("evil.pth"), b"import os\n"))
    found = contents.read(Artifact("demo-1.0-py3-none-any.whl", "", ArtifactKind.WHEEL), data)
    listed = hooks.startup_hooks(found)
    assert [(h.kind, h.executes) for h in listed.hooks] == [(HookKind.PTH, True)]
    assert listed.unclear == ("evil.pth",)
