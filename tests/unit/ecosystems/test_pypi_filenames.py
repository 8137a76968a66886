"""Which release a file belongs to by its name: as pip reads it, and never more than one."""

import pytest
from packaging.utils import parse_sdist_filename

from supplytrust.ecosystems.pypi.ecosystem import ECOSYSTEM
from supplytrust.ecosystems.pypi.files import LONGEST, kind_of, parse_filename, version_of
from supplytrust.model.subject import ArtifactKind

# project, file name, version that pip 23.2.1 and pip 26.3 take it for (LinkEvaluator.evaluate_link); '' they pass over
PIP = (
    ("pkg", "pkg-1.0.tar.gz", "1.0"),
    ("pkg", "pkg-1.0.zip", "1.0"),
    ("pkg", "pkg-1.0.tgz", "1.0"),
    ("pkg", "pkg-1.0.tar.bz2", "1.0"),
    ("pkg", "pkg-1.0.tar.xz", "1.0"),
    ("pkg", "pkg-1.0.tar", "1.0"),
    ("pkg", "pkg-1.0.tbz", "1.0"),
    ("pkg", "pkg-1.0.txz", "1.0"),
    ("pkg", "pkg-1.0-docs.zip", ""),
    ("pkg", "pkg-1.0-src.tar.gz", ""),
    ("pkg", "pkg-1.0-dev-r12.zip", ""),
    ("pkg", "pkg-1.0-1.tar.gz", "1.0.post1"),
    ("pkg", "pkg-1.0-r12.tar.gz", "1.0.post12"),
    ("pkg", "pkg-1.0-dev12.tar.gz", "1.0.dev12"),
    ("pkg", "pkg-1.0dev-r5.tar.gz", ""),
    ("pkg", "pkg-1.0-beta.tar.gz", "1.0b0"),
    ("pkg", "pkg-1.0-beta-2.tar.gz", "1.0b2"),
    ("pkg", "pkg-1.0-final.tar.gz", ""),
    ("pkg", "pkg-1.0-py2.7.tar.gz", ""),
    ("pkg", "pkg-1.0-py3.tar.gz", ""),
    ("pkg", "pkg-1!2.0.tar.gz", "1!2.0"),
    ("pkg", "pkg-1.0+local.1.tar.gz", "1.0+local.1"),
    ("pkg", "pkg-1.0+a_b.tar.gz", "1.0+a.b"),
    ("pkg", "PKG-1.0.tar.gz", "1.0"),
    ("pkg", "pkg_1.0.tar.gz", ""),
    ("pkg", "pkg--1.0.tar.gz", ""),
    ("pkg", "pkg-.tar.gz", ""),
    ("pkg", "pkg.tar.gz", ""),
    ("pkg", "pkg-v1.0.tar.gz", "1.0"),
    ("pkg", "pkg-1.0.source.tar.gz", ""),
    ("pkg", "pkg-1.0_1.tar.gz", ""),
    ("pkg", "pkg-docs-1.0.tar.gz", ""),
    ("pkg", "pkg-2-1.0.tar.gz", ""),
    ("pkg", "other-1.0.tar.gz", ""),
    ("pkg", "pkg-1.0.win32.zip", ""),
    ("pkg", "pkg-1.0.linux-x86_64.tar.gz", ""),
    ("pkg", "pkg-1.0.macosx-10.9-x86_64.tar.gz", ""),
    ("pkg", "pkg-1.0-macosx10.5.zip", ""),
    ("pkg", "pkg-1.0.win32-py2.7.exe", ""),
    ("pkg", "pkg-1.0.win-amd64-py3.4.msi", ""),
    ("pkg", "pkg-1.0-1.noarch.rpm", ""),
    ("pkg", "pkg-1.0-1.src.rpm", ""),
    ("pkg", "pkg-1.0-py2.7.egg", ""),
    ("pkg", "pkg-1.0-py2.7-win32.egg", ""),
    ("pkg", "pkg-1.0-py2.7-linux-x86_64.egg", ""),
    ("pkg", "pkg-1.0.dmg", ""),
    ("pkg", "pkg-1.0.tar.Z", ""),
    ("pkg", "pkg-1.0.ZIP", ""),
    ("pkg", "pkg-1.0-all.deb", ""),
    ("pkg", "pkg-1.0-manual.pdf", ""),
    ("pkg", "pkg-1.0.tar.gz.asc", ""),
    ("pkg", "pkg-latest.tar.gz", ""),
    ("pkg", "pkg-1.0.post1.tar.gz", "1.0.post1"),
    ("pkg", "pkg-1.0.0.0.tar.gz", "1.0.0.0"),
    ("pkg", "pkg-2004b.tar.gz", "2004b0"),
    ("pkg", "pkg-1.0-py3-none-any.whl", "1.0"),
    ("pkg", "pkg-1.0-1-py3-none-any.whl", "1.0"),
    ("pkg", "pkg-1.0-1a-py3-none-any.whl", "1.0"),
    ("pkg", "pkg-1.0-b1-py3-none-any.whl", ""),
    ("pkg", "pkg-1!2.0-py3-none-any.whl", "1!2.0"),
    ("pkg", "pkg-1.0+cu118-py3-none-any.whl", "1.0+cu118"),
    ("pkg", "pkg-1.0-py3-none.whl", ""),
    ("pkg", "pkg-x-py3-none-any.whl", ""),
    ("pkg", "other-1.0-py3-none-any.whl", ""),
    ("pkg", "PKG-1.0-py3-none-any.whl", "1.0"),
    ("pkg", "pkg-1.0-docs-py3-none-any.whl", ""),
    ("pkg", "pkg-1.0.whl", ""),
    ("my-pkg", "my-pkg-1.0.tar.gz", "1.0"),
    ("my-pkg", "my_pkg-1.0.tar.gz", "1.0"),
    ("my-pkg", "My.Pkg-1.0.zip", "1.0"),
    ("my-pkg", "my--pkg-1.0.tar.gz", "1.0"),
    ("my-pkg", "my-pkg-1.0-1.tar.gz", "1.0.post1"),
    ("my-pkg", "mypkg-1.0.tar.gz", ""),
    ("my-pkg", "my_pkg-1.0-py3-none-any.whl", "1.0"),
    ("my-pkg", "My.Pkg-1.0-py3-none-any.whl", "1.0"),
    ("my-pkg", "my-pkg-1.0-py3-none-any.whl", ""),
    ("my-pkg", "my-linux-pkg-1.0.tar.gz", ""),
    ("my-linux-tools", "my-linux-tools-1.0.tar.gz", "1.0"),
    ("foo-win32", "foo-win32-1.0.zip", "1.0"),
    ("pkg-2", "pkg-2-1.0.tar.gz", "1.0"),
    ("pkg-2", "pkg-2-1.tar.gz", "1"),
    ("python-docs", "python-docs-1.0.tar.gz", "1.0"),
    ("pkg-py3", "pkg-py3-1.0.tar.gz", "1.0"),
)  # fmt: skip
# belong to a release and are of a kind that pip does not take and that is not judged
OTHERS = {
    "pkg-1.0-py2.7.tar.gz", "pkg-1.0-py3.tar.gz", "pkg-1.0.win32.zip", "pkg-1.0.linux-x86_64.tar.gz",
    "pkg-1.0.macosx-10.9-x86_64.tar.gz", "pkg-1.0.win32-py2.7.exe", "pkg-1.0.win-amd64-py3.4.msi",
    "pkg-1.0-1.noarch.rpm", "pkg-1.0-1.src.rpm", "pkg-1.0-py2.7.egg", "pkg-1.0-py2.7-win32.egg",
    "pkg-1.0-py2.7-linux-x86_64.egg", "pkg-1.0.dmg", "pkg-1.0.tar.Z",
}  # fmt: skip


@pytest.mark.parametrize(("project", "name", "version"), PIP)
def test_a_file_belongs_to_the_version_that_pip_takes_it_for(project, name, version):
    parsed = parse_filename(name, project)
    if name in OTHERS:
        assert parsed is not None
        assert (str(parsed.version), parsed.kind) == ("1.0", ArtifactKind.OTHER)
    else:
        assert ("" if parsed is None else str(parsed.version)) == version
        assert parsed is None or (parsed.name, parsed.kind) == (project, kind_of(name))
        assert parsed is None or parsed.kind is not ArtifactKind.OTHER


@pytest.mark.parametrize(("project", "name", "version"), PIP)
def test_without_a_project_a_name_is_read_in_one_way_or_not_at_all(project, name, version):
    parsed = parse_filename(name)
    if parsed is not None and version:
        assert (parsed.name, str(parsed.version)) == (project, version)
    if parsed is not None:
        assert parse_filename(name, parsed.name) == parsed


@pytest.mark.parametrize("name", ["a-1.0-1.tar.gz", "a-2-1.tar.gz", "a-1.0-beta-2.zip", "a-b-1-1-1.tar.gz"])
def test_a_name_with_two_readings_names_no_release(name):
    assert parse_filename(name) is None
    assert parse_sdist_filename(name)  # which takes what follows the last dash


@pytest.mark.parametrize("name", ["a-1.0.tar.gz", "a_b-1!2.0rc1.zip", "a.b-1.0+x.1.tar.gz", "A-b-2024.1.tar.gz"])
def test_names_of_today_are_read_as_packaging_reads_them(name):
    parsed = parse_filename(name)
    assert parsed is not None
    assert (parsed.name, parsed.version) == parse_sdist_filename(name)


@pytest.mark.parametrize(
    "name", ["", ".", "-", "-1.0.tar.gz", ".whl", "a-.whl", "a-1" + "1" * 5000 + ".tar.gz", "a-1\n.tar.gz", " a-1.zip",
             "a-" + "1" * 400 + ".tar.gz", "a" * LONGEST + "-1.zip", "a- 1.0.tar.gz", "a\u212a-1.0.zip"]
)  # fmt: skip
def test_odd_names_are_no_error(name):
    for project in ("", "a", "ak"):
        parsed = parse_filename(name, project)
        assert parsed is None or parsed.suffix == ".tar.gz"
    assert version_of(name, "ak") is None


def test_the_work_on_a_name_is_bounded():
    """Names of a million characters would keep a regular expression busy for hours."""
    for name in ("a" + "-1" * 500_000 + ".tar.gz", "a" + ".linux-x" * 200_000 + "!.zip", "a-py2" * 200_000 + ".egg"):
        assert parse_filename(name, "a") is None
        assert parse_filename(name) is None
        assert kind_of(name) is ArtifactKind.OTHER


def test_attestations_are_about_files_of_the_same_name_however_spelled():
    assert ECOSYSTEM.same_file("My.Pkg-1.0.tar.gz", "my_pkg-1.0.tar.gz")
    assert ECOSYSTEM.same_file("my_pkg-1.0-py3-none-any.whl", "My.Pkg-1.0-py3-none-any.whl")
    assert not ECOSYSTEM.same_file("my_pkg-1.0.zip", "my_pkg-1.0.tar.gz")
    assert not ECOSYSTEM.same_file("a-1.0-1.tar.gz", "a-1_0-1.tar.gz")
    assert not ECOSYSTEM.same_file("pkg-1.0-docs.zip", "pkg-1.0-doc.zip")
