"""Lock files, bills of materials, lists and environments become the same kind of inventory."""

from __future__ import annotations

import json
import sys
import venv
from pathlib import Path

import pytest

from simulators.cost import within
from simulators.index import wheel
from supplytrust.audits.inventory import at_configured, read
from supplytrust.errors import InputError, NothingToAssessError
from supplytrust.model.policy import Settings

A, B = "a" * 64, "b" * 64


def put(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def purls(path: Path) -> list[str]:
    return [one.purl for one in read(path).listed]


def test_requirements_with_hashes_includes_and_constraints(tmp_path):
    put(tmp_path, "more.txt", "Other_Name>=1  # why\n")
    put(tmp_path, "limits.txt", "other-name==2.5\nnever-asked==1\n")
    found = read(
        put(
            tmp_path,
            "requirements.txt",
            f"--index-url http://index.invalid/simple\ndemo==1.0 \\\n  --hash=sha256:{A} \\\n  --hash=sha256:{B.upper()}\n"
            "-r more.txt\n-c limits.txt\ngit+https://example.org/x.git#egg=fromgit\n-e ./local\n"
            "direct @ https://example.org/direct-1.whl\nwide ~=1.4\nwin ; sys_platform == 'nowhere'\n",
        )
    )
    listed = {one.purl: one for one in found.listed}
    assert sorted(listed) == [
        "pkg:generic/fromgit",
        "pkg:generic/local",
        "pkg:pypi/demo@1.0",
        "pkg:pypi/direct",
        "pkg:pypi/other-name@2.5",
        "pkg:pypi/wide",
    ]
    assert listed["pkg:pypi/demo@1.0"].sha256 == (A, B)
    assert listed["pkg:pypi/wide"].wanted.specifier == "~=1.4"
    assert all(listed[p].unknown and listed[p].wanted is None for p in ("pkg:generic/fromgit", "pkg:pypi/direct"))
    assert "line 2" in listed["pkg:pypi/demo@1.0"].where
    assert any("win" in note for note in found.notes)
    assert listed["pkg:pypi/wide"].indexes == ("http://index.invalid/simple",)


def test_pylock_uv_and_poetry_give_digests_edges_and_unknowns(tmp_path):
    pylock = read(
        put(
            tmp_path,
            "pylock.toml",
            f'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "demo"\nversion = "1.0"\n'
            f'dependencies = [{{ name = "base" }}]\nwheels = [{{ name = "demo-1.0-py3-none-any.whl", hashes = {{ sha256 = "{A}" }} }}]\n'
            f'[[packages]]\nname = "base"\nversion = "2"\n[packages.sdist]\nname = "base-2.tar.gz"\nhashes = {{ sha256 = "{B}" }}\n'
            '[[packages]]\nname = "repo"\n[packages.vcs]\ntype = "git"\nurl = "https://example.org/r.git"\ncommit-id = "1"\n',
        )
    )
    assert [(one.purl, one.sha256, bool(one.unknown)) for one in pylock.listed] == [
        ("pkg:pypi/base@2", (B,), False),
        ("pkg:pypi/demo@1.0", (A,), False),
        ("pkg:pypi/repo", (), True),
    ]
    assert [(e.parent, e.child) for e in pylock.edges] == [("pkg:pypi/demo@1.0", "pkg:pypi/base@2")]
    assert pylock.roots == ("pkg:pypi/demo@1.0", "pkg:pypi/repo")

    uv = read(
        put(
            tmp_path,
            "uv.lock",
            'version = 1\n[[package]]\nname = "mine"\nversion = "0.1"\nsource = { editable = "." }\n'
            'dependencies = [{ name = "demo" }]\n[[package]]\nname = "demo"\nversion = "1.0"\n'
            'source = { registry = "http://index.invalid/simple" }\ndependencies = [{ name = "forked" }]\n'
            f'wheels = [{{ url = "http://index.invalid/d.whl", hash = "sha256:{A}" }}]\n'
            '[[package]]\nname = "forked"\nversion = "3"\nsource = { git = "https://example.org/f?rev=1#2" }\n',
        )
    )
    assert [(one.purl, bool(one.unknown)) for one in uv.listed] == [
        ("pkg:pypi/demo@1.0", False),
        ("pkg:pypi/forked@3", True),
    ]
    assert uv.roots == ("pkg:pypi/demo@1.0",)

    poetry = read(
        put(
            tmp_path,
            "poetry.lock",
            f'[[package]]\nname = "demo"\nversion = "1.0"\nfiles = [{{file = "demo-1.0.tar.gz", hash = "sha256:{B}"}}]\n'
            '[package.dependencies]\nBase = ">=1"\n[[package]]\nname = "base"\nversion = "2"\n'
            '[package.source]\ntype = "git"\nurl = "https://example.org/b.git"\n[metadata]\nlock-version = "2.1"\n',
        )
    )
    assert [(one.purl, one.sha256, bool(one.unknown)) for one in poetry.listed] == [
        ("pkg:pypi/base@2", (), True),
        ("pkg:pypi/demo@1.0", (B,), False),
    ]
    assert len(poetry.edges) == 1


def test_pipfile_and_boms(tmp_path):
    pipfile = read(
        put(
            tmp_path,
            "Pipfile.lock",
            json.dumps(
                {
                    "_meta": {"pipfile-spec": 6},
                    "default": {"demo": {"version": "==1.0", "hashes": [f"sha256:{A}"]}},
                    "develop": {"edited": {"editable": True, "path": "."}},
                }
            ),
        )
    )
    assert [(one.purl, one.sha256, bool(one.unknown)) for one in pipfile.listed] == [
        ("pkg:pypi/demo@1.0", (A,), False),
        ("pkg:pypi/edited", (), True),
    ]
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"component": {"type": "application", "name": "app", "bom-ref": "app"}},
        "components": [
            {"type": "library", "name": "demo", "purl": "pkg:pypi/demo@1.0", "bom-ref": "d",
             "hashes": [{"alg": "SHA-256", "content": A}],
             "components": [{"type": "library", "name": "inner", "version": "1", "bom-ref": "i"}]},
            {"type": "library", "name": "left-pad", "purl": "pkg:nuget/left-pad@1.3.0", "bom-ref": "l"},
        ],
        "services": [{"name": "db", "bom-ref": "s"}],
        "dependencies": [{"ref": "app", "dependsOn": ["d"]}, {"ref": "d", "dependsOn": ["l", "s"]}],
    }  # fmt: skip
    cyclone = read(put(tmp_path, "bom.json", json.dumps(bom)))
    assert [(one.purl, bool(one.unknown)) for one in cyclone.listed] == [
        ("pkg:generic/inner@1", True),
        ("pkg:generic/service/db", True),
        ("pkg:nuget/left-pad@1.3.0", True),
        ("pkg:pypi/demo@1.0", False),
    ]
    assert sorted(e.kind.value for e in cyclone.edges) == ["link", "service-remote"]
    spdx = {
        "spdxVersion": "SPDX-2.3",
        "packages": [
            {"SPDXID": "SPDXRef-app", "name": "app"},
            {"SPDXID": "SPDXRef-d", "name": "demo", "checksums": [{"algorithm": "SHA256", "checksumValue": A}],
             "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:pypi/demo@1.0"}]},
        ],
        "relationships": [
            {"spdxElementId": "SPDXRef-DOCUMENT", "relatedSpdxElement": "SPDXRef-app", "relationshipType": "DESCRIBES"},
            {"spdxElementId": "SPDXRef-app", "relatedSpdxElement": "SPDXRef-d", "relationshipType": "DEPENDS_ON"},
        ],
    }  # fmt: skip
    found = read(put(tmp_path, "app.spdx.json", json.dumps(spdx)))
    assert [(one.purl, one.sha256) for one in found.listed] == [("pkg:pypi/demo@1.0", (A,))]


def test_purls_wheels_and_environments(tmp_path):
    assert purls(put(tmp_path, "list.txt", "# mine\npkg:pypi/Demo@1.0\npkg:cargo/serde@1\n")) == [
        "pkg:cargo/serde@1",
        "pkg:pypi/demo@1.0",
    ]
    made = wheel("demo", "1.0")
    put(tmp_path, f"wheels/{made.name}", made.data)
    put(tmp_path, "wheels/odd.whl", b"x")
    assert purls(tmp_path / "wheels") == ["pkg:generic/odd.whl", f"pkg:pypi/demo@1.0?file_name={made.name}"]

    venv.create(tmp_path / "env", with_pip=False, symlinks=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = f"env/lib/{version}/site-packages"
    put(tmp_path, f"{site}/demo-1.0.dist-info/METADATA", "Name: demo\nVersion: 1.0\nRequires-Dist: base>=1\n\n")
    put(tmp_path, f"{site}/base-2.dist-info/METADATA", "Name: base\nVersion: 2\n\n")
    put(tmp_path, f"{site}/base-2.dist-info/direct_url.json", "{}")
    put(tmp_path, f"{site}/broken-1.dist-info/METADATA", b"Name: \xff\n")
    found = read(tmp_path / "env")
    assert [(one.purl, bool(one.unknown)) for one in found.listed] == [
        ("pkg:generic/broken-1.dist-info", True),
        ("pkg:pypi/base@2", True),
        ("pkg:pypi/demo@1.0", False),
    ]
    assert [(e.parent, e.child) for e in found.edges] == [("pkg:pypi/demo@1.0", "pkg:pypi/base@2")]


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("uv.lock", 'version = 1\n[[package]]\nname = "de', ":3"),
        ("uv.lock", "version = 1\nversion = 1\n", ":2"),
        ("uv.lock", "version = 7\n", "version 1"),
        ("pylock.toml", 'lock-version = "1.0"\nx = ' + "[" * 5000, ":2"),
        ("pylock.toml", 'lock-version = "1.0"\n' + "a." * 5000 + "a = 1\n", ":2"),
        ("poetry.lock", '[[package]]\nname = "a"\nversion = "1"\n', "lock-version"),
        ("Pipfile.lock", '{"_meta": {}, "default": {"a": {"version": "==1"}, "a": {}}}', "twice"),
        ("Pipfile.lock", '{"_meta": {"x": 1}, "default"', "character"),
        ("bom.json", '{"bomFormat": "CycloneDX", "x": ' + "[" * 100_000, "nested"),
        ("a.spdx.json", '{"spdxVersion": "SPDX-9"}', "SPDX-9"),
        ("requirements.txt", "-r requirements.txt\n", "includes itself"),
        ("requirements.txt", "--exec rm\n", "line 1"),
        ("notes.md", "hello\n", "not a list"),
    ],
)  # fmt: skip
def test_a_malformed_list_is_an_error_with_file_and_position(tmp_path, name, text, place):
    path = put(tmp_path, name, text)
    with pytest.raises(InputError) as raised:
        read(path)
    assert name in raised.value.message
    assert place in raised.value.message
    assert raised.value.exit_code == 2
    within(1, lambda: refused(path))


def refused(path):
    with pytest.raises(InputError) as raised:
        read(path)
    return raised.value.message


def test_a_huge_file_is_refused_by_its_size(tmp_path):
    for name in ("uv.lock", "bom.json", "requirements.txt"):
        path = put(tmp_path, name, '{"bomFormat": "CycloneDX"' if name.endswith("json") else "#")
        with path.open("r+b") as stream:
            stream.truncate(100 * 2**20)
        assert "at most" in within(0.5, lambda path=path: refused(path))


def test_components_that_refer_to_each_other_end(tmp_path):
    parts = [{"name": n, "purl": f"pkg:pypi/{n}@1", "bom-ref": n} for n in "ab"]
    needs = [{"ref": "a", "dependsOn": ["b", "a"]}, {"ref": "b", "dependsOn": ["a"]}]
    found = read(
        put(tmp_path, "bom.json", json.dumps({"bomFormat": "CycloneDX", "components": parts, "dependencies": needs}))
    )
    assert found.roots == ("pkg:pypi/a@1",)
    assert len(found.edges) == 2


@pytest.mark.parametrize("name", ["requirements.txt", "bom.json", "uv.lock"])
def test_a_list_of_nothing_is_nothing_to_assess(tmp_path, name):
    texts = {"requirements.txt": "# none\n", "bom.json": '{"bomFormat": "CycloneDX"}', "uv.lock": "version = 1\n"}
    with pytest.raises(NothingToAssessError):
        read(put(tmp_path, name, texts[name]))


def test_an_empty_folder_is_nothing_to_assess(tmp_path):
    with pytest.raises(NothingToAssessError):
        read(tmp_path)


@pytest.mark.parametrize(
    "address", ["https://index.example.org/simple", "index.example.org", "https://{usual}.example.org"]
)
def test_a_package_of_another_index_is_not_the_one_of_the_same_name(tmp_path, address):
    from packageurl.validate import DEFINITIONS_BY_TYPE

    usual = DEFINITIONS_BY_TYPE["pypi"].default_repository_url.partition("://")[2]
    there = f"pkg:pypi/demo@1.0?repository_url={address.format(usual=usual)}"
    here = f"pkg:pypi/other@1.0?repository_url=https://{usual}/simple"
    found = at_configured(read(put(tmp_path, "list.txt", f"{there}\n{here}\n")), Settings())
    listed = {one.purl.partition("@")[0]: one for one in found.listed}
    assert listed["pkg:pypi/demo"].wanted is None
    assert f"from {address.format(usual=usual)}" in listed["pkg:pypi/demo"].unknown
    assert listed["pkg:pypi/other"].wanted is not None
