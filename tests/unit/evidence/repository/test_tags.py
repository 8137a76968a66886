"""Spellings of tags, whose they are, and the one tag of a version."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplytrust.ecosystems.pypi.versions import VERSIONS
from supplytrust.evidence.repository.tags import LONGEST, Package, match, version_of
from supplytrust.io.git.objects import Tag

DEMO = Package("demo", VERSIONS, "acme", frozenset(["py", "python"]))


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("1.2", "1.2"),
        ("v1.2", "1.2"),
        ("v.1.2", "1.2"),
        ("jq-1.6", "1.6"),
        ("pcre2-10.42", "10.42"),
        ("pcre2-10", "10"),
        ("R_2_5_0", "2.5.0"),
        ("rel-1-0", "1.0"),
        ("tokio-1.0", "1.0"),
        ("sslibv0.20", "0.20"),
        ("2025.10.05", "2025.10.5"),
        ("release-1.2rc1", "1.2rc1"),
        ("release/v2", "2"),
        ("v1.0-final", "1.0"),
        ("1.0.0-beta.1", "1.0.0b1"),
        ("http2-1.0", "1.0"),
        ("name==1.0", "1.0"),
        ("--upload-pack=1", "1"),
    ],
)
def test_spellings(name, version):
    assert str(version_of(name, VERSIONS)) == version


@pytest.mark.parametrize("name", ["nightly", "debian/1.2-1", "py3-none", "latest", "", "1" * (LONGEST + 1)])
def test_no_version(name):
    assert version_of(name, VERSIONS) is None


def tag(name, commit="a"):
    return Tag(name, commit * 40, 0, None, None)


OWN = """demo==1.0 release/demo-1.0 libs/demo/v1.0 demo#1.0 demo@1.0 @scope/demo@1.0 demo-1.0 demo_1.0 demo/1.0 demo:1.0
demo-v1.0 Demo-1.0 DEMO_1_0 demo-release-1.0 release-demo-1.0 packages/py/demo/v1.0 demov1.0 demo1.0 demo-python-v1.0
acme-demo-1.0 demo~1.0 demo+1.0 demo.1.0 demo,1.0 demo/v/1.0 other/demo-1.0""".split()
PLAIN = """1.0 v1.0 V1.0 v.1.0 1.0.0 rel-1-0 rel_1_0 release_1_0 R_1_0 r1.0 release-1.0 releases/1.0 release/v1.0 version-1.0
ver1.0 tag-1.0 tags/v1.0 1-0 1_0 v1.0-final 1.0.final 1.0-release v1.0-stable 1.0.GA py-1.0 python-v1.0 python/v1.0
b1.0 build-1.0 v1.0-FINAL release/python/1.0""".split()
FOREIGN = """other==1.0 other-1.0 release/other-1.0 libs/other/v1.0 other@1.0 @scope/other@1.0 other#1.0 debian/1.0
demo-extra-1.0 extra-demo-1.0 demo/other/v1.0 demo2-1.0 demo-2-1.0 xdemo-1.0 demox-1.0 demo.extra==1.0 demo_extra_1_0
libs/v1.0 upstream/1.0 rust-v1.0 js-1.0 api/v1.0 client-1.0 acme-1.0 other-v1.0-final otherv1.0 other1.0 v2/1.0
py-other-1.0 python-other==1.0 rel-other-1.0 @demo/other@1.0 demo-rust-v1.0 mode-1.0 emo-1.0""".split()
NO_RELEASE = """v1.1 1.0rc1 v1.0-rc1 1.0-eol 1.0-doc 1.0-retracted v1.0-objectivec demo-1.0-wheel 11.0 1.01.0 demo-1.0.1
demo-1.0/notes""".split()


@pytest.mark.parametrize("name", OWN + PLAIN)
def test_a_tag_of_the_release(name):
    found = match([tag(name)], "1.0", DEMO)
    assert (found.state, found.names) == ("found", (name,))


@pytest.mark.parametrize("name", FOREIGN)
def test_a_tag_that_names_another_package_is_none_of_ours(name):
    found = match([tag(name)], "1.0", DEMO)
    assert (found.state, found.names) == ("absent", (name,))


@pytest.mark.parametrize("name", NO_RELEASE)
def test_a_tag_of_another_version(name):
    assert match([tag(name)], "1.0", DEMO).state == "absent"


@pytest.mark.parametrize("own", OWN)
@pytest.mark.parametrize("rival", ["v1.0", "release/1.0", "other==1.0", "python-v1.0"])
def test_the_own_name_wins(own, rival):
    found = match([tag(rival, "b"), tag(own), tag("zz-1.0", "c")], "1.0", DEMO)
    assert found.tag == tag(own)


# (package, owner, tag, version): tags of public repositories as they are spelled there.
REAL = [
    ("requests", "psf", "v2.31.0", "2.31.0"),
    ("setuptools", "pypa", "40.0.0", "40.0.0"),
    ("setuptools", "pypa", "v69.0.0", "69.0.0"),
    ("aiohttp", "aio-libs", "v.0.22.1", "0.22.1"),
    ("opentelemetry-propagator-aws-xray", "open-telemetry", "opentelemetry-propagator-aws-xray==1.0.0", "1.0.0"),
    ("opentelemetry-instrumentation-flask", "open-telemetry", "v0.50b0", "0.50b0"),
    ("SQLAlchemy", "sqlalchemy", "rel_1_4_0b1", "1.4.0b1"),
    ("SQLAlchemy", "sqlalchemy", "rel_0_4beta5", "0.4b5"),
    ("psycopg-pool", "psycopg", "pool-3.2.2", "3.2.2"),
    ("psycopg", "psycopg", "3.2.2", "3.2.2"),
    ("lxml", "lxml", "lxml-4.9.3", "4.9.3"),
    ("lxml", "lxml", "lxml-2.0alpha1", "2.0a1"),
    ("pylint", "PyCQA", "pylint-version-0.18.0", "0.18.0"),
    ("pylint", "PyCQA", "pylint-version-0_12_2", "0.12.2"),
    ("pylint", "PyCQA", "v2.10.0", "2.10.0"),
    ("psutil", "giampaolo", "release-5.9.0", "5.9.0"),
    ("ipython", "ipython", "rel-8.0.0rc1", "8.0.0rc1"),
    ("protobuf", "protocolbuffers", "v3.0.0-alpha-4", "3.0.0a4"),
    ("certifi", "certifi", "2025.10.05", "2025.10.5"),
    ("pyparsing", "pyparsing", "pyparsing_2.4.7", "2.4.7"),
    ("psycopg2", "psycopg", "2_9_9", "2.9.9"),
    ("pywin32", "mhammond", "b306", "306"),
    ("setproctitle", "dvarrazzo", "version-1.3.3", "1.3.3"),
    ("pycparser", "eliben", "release_v2.21", "2.21"),
    ("azure-storage-blob", "Azure", "azure-storage-blob_12.19.0", "12.19.0"),
    ("apache-airflow-providers-amazon", "apache", "providers-amazon/9.1.0", "9.1.0"),
    ("langchain-core", "langchain-ai", "langchain-core==0.3.0", "0.3.0"),
    ("google-cloud-storage", "googleapis", "storage-1.28.0", "1.28.0"),
    ("polars", "pola-rs", "py-1.2.0", "1.2.0"),
    ("deltalake", "delta-io", "python-v0.15.0", "0.15.0"),
    ("pyarrow", "apache", "apache-arrow-14.0.1", "14.0.1"),
    ("datadog-checks-base", "DataDog", "datadog_checks_base-36.0.0", "36.0.0"),
    ("Twisted", "twisted", "twisted-23.10.0", "23.10.0"),
    ("wasm-tools", "bytecodealliance", "wasm-tools-1.0.29", "1.0.29"),
    ("@scope/name", "acme", "@scope/name@1.0", "1.0"),
    ("@scope/name", "acme", "name@1.0", "1.0"),
]
# The same, of tags that belong to another package of the repository, or to its packager.
ELSEWHERE = [
    ("opentelemetry-instrumentation-flask", "open-telemetry", "opentelemetry-sdk-extension-aws==2.0.1", "2.0.1"),
    ("psycopg", "psycopg", "pool-3.2.2", "3.2.2"),
    ("wasmparser", "bytecodealliance", "wasm-metadata-0.10.10", "0.10.10"),
    ("wasmtime", "bytecodealliance", "cranelift-v0.61.0", "0.61.0"),
    ("pylint", "PyCQA", "pylint-debian-version-0_15_2-1", "0.15.2.post1"),
    ("protobuf", "protocolbuffers", "rust-prerelease-4.30.0-beta1", "4.30.0b1"),
    ("apache-airflow", "apache", "providers-amazon/9.1.0", "9.1.0"),
    ("apache-airflow", "apache", "helm-chart/1.0.0", "1.0.0"),
    ("langchain", "langchain-ai", "langchain-core==0.3.0", "0.3.0"),
    ("deltalake", "delta-io", "rust-v0.15.0", "0.15.0"),
    ("@scope/name", "acme", "@other/name@1.0", "1.0"),
]


@pytest.mark.parametrize(("name", "owner", "spelling", "version"), REAL)
def test_as_public_repositories_spell_them(name, owner, spelling, version):
    assert match([tag(spelling)], version, Package(name, VERSIONS, owner, DEMO.languages)).state == "found"


@pytest.mark.parametrize(("name", "owner", "spelling", "version"), ELSEWHERE)
def test_as_repositories_of_several_packages_spell_the_others(name, owner, spelling, version):
    assert match([tag(spelling)], version, Package(name, VERSIONS, owner, DEMO.languages)).state == "absent"


def test_several_commits_leave_it_open_and_one_commit_does_not():
    assert match([tag("v1.0", "a"), tag("1.0", "b")], "1.0", DEMO).state == "ambiguous"
    assert match([tag("v1.0", "a"), tag("1.0", "a")], "1.0", DEMO).state == "found"
    assert match([tag("demo-1.0", "a"), tag("demo==1.0", "b")], "1.0", DEMO).state == "ambiguous"
    assert match([tag("v1.1")], "1.0", DEMO).state == "absent"


WORD = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=9).filter(lambda w: not w.isdigit())


@given(WORD, WORD, st.sampled_from(["-", "_", "==", "@", "#", "/", "/v", "-v"]))
def test_no_other_name_is_ever_ours(word, other, separator):
    from supplytrust.evidence.repository.tags import WORDS

    ours = {word} | WORDS | {f"{word}v", f"{word}r"}
    if other not in ours:
        assert match([tag(f"{other}{separator}1.0")], "1.0", Package(word, VERSIONS)).state == "absent"
