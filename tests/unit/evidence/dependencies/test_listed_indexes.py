"""A list that names another index: its packages are not those of the same name on the configured one."""

from __future__ import annotations

import json
from types import MappingProxyType

import pytest
from packageurl.validate import DEFINITIONS_BY_TYPE

from simulators.index import history, serving
from supplytrust.appraisal.policies import config as configuration
from supplytrust.audits.inventory import at_configured, read
from supplytrust.audits.runner import audit
from supplytrust.errors import ConfigError
from supplytrust.model.policy import Settings

A = "a" * 64
PUBLIC = f"{DEFINITIONS_BY_TYPE['pypi'].default_repository_url}/simple"
OWN = "https://index.example.org/team/simple/"
UV = 'version = 1\n[[package]]\nname = "demo"\nversion = "1.0"\nsource = {{ {0} }}\n'
POETRY = '[[package]]\nname = "demo"\nversion = "1.0"\nfiles = []\n{0}\n[metadata]\nlock-version = "2.1"\n'
PYLOCK = 'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "demo"\nversion = "1.0"\n{0}\n'


def pipfile(index: str | None, *urls: str) -> str:
    sources = [{"name": f"n{n}", "url": url, "verify_ssl": True} for n, url in enumerate(urls)]
    package = {"version": "==1.0", **({"index": index} if index else {})}
    return json.dumps({"_meta": {"pipfile-spec": 6, "sources": sources}, "default": {"demo": package}})


def legacy(url: str) -> str:
    return POETRY.format(f'[package.source]\ntype = "legacy"\nurl = "{url}"\nreference = "r"')


FORMATS = {
    "uv.lock": lambda url: UV.format(f'registry = "{url}"'),
    "poetry.lock": legacy,
    "pylock.toml": lambda url: PYLOCK.format(f'index = "{url}"'),
    "Pipfile.lock": lambda url: pipfile("n1", PUBLIC, url),
    "requirements.txt": lambda url: f"demo==1.0\n--index-url {url}\n",
    "short.txt": lambda url: f"-i {url}\ndemo==1.0\n",
    "joined.txt": lambda url: f"-i{url}\ndemo==1.0 --hash=sha256:{A}\n",
    "list.txt": lambda url: f"pkg:pypi/demo@1.0?repository_url={url}\n",
}


def one(tmp_path, name: str, text: str, **index: str):
    path = tmp_path / name
    path.write_text(text)
    (found,) = at_configured(read(path), Settings(index=MappingProxyType(index))).listed
    return found


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "url", [OWN, "https://user:secret@other.example.org/simple", f"{PUBLIC}.example.org", "https://test.example.org"]
)
def test_another_index_is_told_and_not_judged(tmp_path, name, url):
    found = one(tmp_path, name, FORMATS[name](url))
    assert found.wanted is None
    assert "from https://" in found.unknown
    assert "secret" not in found.unknown


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "url",
    [OWN, OWN.rstrip("/"), "https://INDEX.example.org/team/simple", "https://index.example.org:443/team/simple/",
     "https://user:secret@index.example.org/team/simple", "https://index.example.org/team/", "https://index.example.org//team/simple"],
)  # fmt: skip
def test_the_configured_index_is_the_same_however_it_is_written(tmp_path, name, url):
    assert one(tmp_path, name, FORMATS[name](url), pypi=OWN).wanted is not None


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "url",
    [
        "https://index.example.org/simple",
        "https://index.example.org/team2/simple",
        "https://index.example.org:8443/team/simple",
    ],
)
def test_another_path_or_port_is_another_index(tmp_path, name, url):
    assert one(tmp_path, name, FORMATS[name](url), pypi=OWN).wanted is None


@pytest.mark.parametrize("name", FORMATS)
def test_the_public_index_means_the_configured_one_unless_a_pattern_says_otherwise(tmp_path, name):
    text = FORMATS[name](PUBLIC)
    assert one(tmp_path, name, text).wanted is not None
    assert one(tmp_path, name, text, pypi=OWN).wanted is not None
    assert one(tmp_path, name, text, **{"pkg:pypi/other-*": OWN}).wanted is not None
    assert one(tmp_path, name, text, **{"pkg:pypi/de*": OWN}).wanted is None


@pytest.mark.parametrize("name", FORMATS)
def test_an_index_named_by_pattern_is_configured_for_those_packages_only(tmp_path, name):
    text = FORMATS[name](OWN)
    assert one(tmp_path, name, text, **{"pkg:pypi/demo": OWN}).wanted is not None
    assert one(tmp_path, name, text, **{"pkg:pypi/d*": OWN}).wanted is not None
    assert one(tmp_path, name, text, **{"pkg:pypi/other-*": OWN}).wanted is None
    assert one(tmp_path, name, text, **{"pkg:pypi/d*": "https://a.example.org", "pkg:pypi/de*": OWN}).wanted is not None


SOURCES = {
    "uv.lock": [
        UV.format(s)
        for s in ('git = "https://example.org/d?rev=1#2"', 'url = "https://example.org/d.whl"', 'path = "../d.whl"', 'directory = "../d"',
                  'editable = "../d"', 'virtual = "../d"', 'registry = "../wheels"', 'registry = "file:///wheels"', 'other = "x"', "")
    ],
    "poetry.lock": [
        POETRY.format(f'[package.source]\ntype = "{kind}"\nurl = "{url}"')
        for kind, url in (("git", "https://example.org/d.git"), ("url", "https://example.org/d.whl"), ("directory", "../d"), ("file", "d.whl"),
                          ("legacy", ""), ("new", PUBLIC), ("", PUBLIC))
    ],
    "pylock.toml": [
        PYLOCK.format(s)
        for s in ('[packages.vcs]\ntype = "git"\nurl = "https://example.org/d"', '[packages.directory]\npath = "../d"',
                  '[packages.archive]\nurl = "https://example.org/d.whl"',
                  f'wheels = [{{ path = "d.whl", hashes = {{ sha256 = "{A}" }} }}]')
    ],
    "Pipfile.lock": [pipfile("unnamed", PUBLIC), pipfile(None, OWN), pipfile("n0", OWN), pipfile("n0", "$INDEX")],
    "requirements.txt": [
        f"{line}\ndemo==1.0\n"
        for line in (f"--extra-index-url {OWN}", f"--extra-index-url={OWN}", "--find-links ./wheels", "-f https://example.org/links",
                     "--no-index", f"--index-url {PUBLIC}\n--extra-index-url {OWN}", "--no-index\n--find-links ./wheels")
    ],
}  # fmt: skip


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in SOURCES.items() for text in texts])
def test_every_other_origin_is_told(tmp_path, name, text):
    found = one(tmp_path, name, text)
    assert found.wanted is None
    assert found.unknown


LOGIN = "https://user:secret@example.org/d.whl"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("uv.lock", UV.format(f'url = "{LOGIN}"')),
        ("poetry.lock", POETRY.format(f'[package.source]\ntype = "url"\nurl = "{LOGIN}"')),
        ("requirements.txt", f"demo @ {LOGIN}\n"),
        ("requirements.txt", f"{LOGIN}\n"),
        ("requirements.txt", f"{LOGIN} --nonsense\n"),
        ("requirements.txt", f"demo @ {LOGIN} and more\n"),
        ("requirements.txt", "demo @ https://user:secret@example.org/d.whl?x=${TOKEN}\n"),
        ("requirements.txt", "-e git+https://user:secret@example.org/d.git#egg=demo\n"),
        ("requirements.txt", "demo\n--find-links https://user:secret@example.org/d\n"),
        ("requirements.txt", "demo\n--index-url https://secret@example.org/d\n"),
    ],
)
def test_credentials_in_an_address_are_not_shown(tmp_path, name, text):
    found = one(tmp_path, name, text)
    assert found.wanted is None
    assert "example.org/d" in found.unknown + found.purl
    assert "secret" not in f"{found.unknown}{found.purl}{found.where}"


def test_of_several_configured_indexes_a_package_is_judged_on_its_own(tmp_path):
    text = f"--extra-index-url {OWN}\ndemo==1.0\n"
    assert one(tmp_path, "requirements.txt", text, **{"pkg:pypi/mine-*": OWN}).wanted is not None
    assert one(tmp_path, "requirements.txt", text, **{"pkg:pypi/mine-*": "https://a.example.org"}).wanted is None


def test_options_of_included_files_count(tmp_path):
    (tmp_path / "more.txt").write_text(f"--extra-index-url {OWN}\n")
    assert one(tmp_path, "requirements.txt", "demo==1.0\n-r more.txt\n").wanted is None
    assert one(tmp_path, "requirements.txt", "demo==1.0\n-c more.txt\n").wanted is None


def test_one_package_from_two_places_is_unknown(tmp_path):
    text = UV.format(f'registry = "{PUBLIC}"') + UV.format(f'registry = "{OWN}"').removeprefix("version = 1\n")
    assert one(tmp_path, "uv.lock", text).wanted is None


@pytest.mark.parametrize("key", ["pypi", "pkg:pypi/mine-*", "pkg:pypi/*", "pkg:pypi/mine"])
def test_the_configuration_names_indexes_by_type_or_pattern(tmp_path, key):
    path = tmp_path / "supplytrust.toml"
    path.write_text(f'[index]\n"{key}" = "{OWN}"\n')
    assert configuration.load(path).index == {key: OWN}


@pytest.mark.parametrize(
    "key", ["PyPI", "pkg:pypi", "pkg:pypi/Mine-*", "pkg:pypi/mine@1", "pkg:pypi/mine?x=y", "mine-*", "pkg:pypi/mi[ne]*"]
)
def test_what_is_no_pattern_is_an_error(tmp_path, key):
    path = tmp_path / "supplytrust.toml"
    path.write_text(f'[index]\n"{key}" = "{OWN}"\n')
    with pytest.raises(ConfigError):
        configuration.load(path)


def test_an_audit_asks_the_index_that_is_configured_for_the_package(tmp_path, monkeypatch):
    monkeypatch.setenv("SUPPLYTRUST_CACHE", str(tmp_path / "cache"))
    with serving([history("other", "1.0")]) as usual, serving([history("mine-own", "1.0")]) as team:
        config = tmp_path / "supplytrust.toml"
        config.write_text(f'[index]\npypi = "{usual.url}"\n"pkg:pypi/mine-*" = "{team.url}"\n')
        lock = tmp_path / "uv.lock"
        parts = [("other", usual.url), ("mine-own", team.url), ("mine-two", usual.url), ("stray", team.url)]
        tables = [
            f'[[package]]\nname = "{n}"\nversion = "1.0"\nsource = {{ registry = "{url}" }}\n' for n, url in parts
        ]
        lock.write_text("version = 1\n" + "".join(tables))
        result = audit(lock, config=config, rebuild="never")
        records = {one.listed.partition("@")[0]: one.record_digest for one in result}
        assert {name for name, digest in records.items() if digest} == {"pkg:pypi/other", "pkg:pypi/mine-own"}
        asked = {path for path in usual.requests if "mine" in path or "stray" in path}
        assert not asked
        assert not {path for path in team.requests if "other" in path}
