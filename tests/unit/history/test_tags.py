"""Spellings of tags, and the one tag of a version."""

import pytest

from supplytrust.history.commits import Tag
from supplytrust.history.tags import match, split


@pytest.mark.parametrize(
    ("name", "prefix", "version"),
    [
        ("1.2", "", "1.2"),
        ("v1.2", "", "1.2"),
        ("v.1.2", "", "1.2"),
        ("jq-1.6", "jq", "1.6"),
        ("pcre2-10.42", "pcre2", "10.42"),
        ("pcre2-10", "pcre2", "10"),
        ("R_2_5_0", "", "2.5.0"),
        ("tokio-1.0", "tokio", "1.0"),
        ("sslibv0.20", "sslib", "0.20"),
        ("2025.10.05", "", "2025.10.5"),
        ("release-1.2rc1", "release", "1.2rc1"),
        ("release/v2", "release", "2"),
        ("1.0.0-beta.1", "", "1.0.0b1"),
        ("http2-1.0", "http2", "1.0"),
        ("--upload-pack=1", "--upload-pack=", "1"),
    ],
)
def test_spellings(name, prefix, version):
    found = split(name)
    assert found is not None
    assert (found[0], str(found[1])) == (prefix, version)


@pytest.mark.parametrize("name", ["nightly", "debian/1.2-1", "py3-none", "latest", ""])
def test_no_version(name):
    assert split(name) is None


def tag(name, commit="a"):
    return Tag(name, commit * 40, 0, None, None)


def test_the_projects_own_prefix_comes_first():
    tags = [tag("other-1.0", "b"), tag("demo-1.0", "a"), tag("v1.0", "c")]
    found = match(tags, "1.0.0", "Demo")
    assert (found.state, found.tag) == ("found", tags[1])


def test_several_commits_leave_it_open_and_one_commit_does_not():
    assert match([tag("v1.0", "a"), tag("1.0", "b")], "1.0", "demo").state == "ambiguous"
    assert match([tag("v1.0", "a"), tag("1.0", "a")], "1.0", "demo").state == "found"
    assert match([tag("v1.1")], "1.0", "demo").state == "absent"
