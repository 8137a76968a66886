import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplytrust.ecosystems.pypi import simple
from supplytrust.errors import MalformedError

PAGE = "https://example.org/root/simple/demo/"


def test_links_are_resolved_against_the_page_and_a_base_element():
    found = simple.read_anchors('<h1>x</h1><a href="../../files/demo-1.0.tar.gz#sha256=ab">demo</a>', PAGE)
    assert (found[0].url, found[0].file_name, found[0].sha256) == (
        "https://example.org/root/files/demo-1.0.tar.gz",
        "demo-1.0.tar.gz",
        "ab",
    )
    based = simple.read_anchors('<base href="/other/"><a href="demo-1.0.tar.gz">demo</a>', PAGE)
    assert based[0].url == "https://example.org/other/demo-1.0.tar.gz"


def test_attributes_are_read_and_entities_undone():
    text = (
        '<h1>x</h1><a href="demo-1.0-py3-none-any.whl#sha256=' + "a" * 64 + '" data-requires-python="&gt;=3.8" '
        'data-yanked="" data-upload-time="2024-01-01T00:00:00Z" data-provenance="p.json">demo</a>'
    )
    file = simple._parse(text.encode(), PAGE, "demo").files[0]
    assert (file.requires_python, file.yanked, file.yanked_reason, file.sha256) == (">=3.8", True, "", "a" * 64)
    assert (file.attested, file.provenance) == (True, PAGE + "p.json")
    assert file.uploaded_at.isoformat() == "2024-01-01T00:00:00+00:00"


def test_other_digests_and_broken_times_are_unknown():
    text = '<h1>x</h1><a href="demo-1.0.tar.gz#md5=00" data-upload-time="yesterday">demo</a>'
    file = simple._parse(text.encode(), PAGE, "demo").files[0]
    assert (file.sha256, file.uploaded_at, file.yanked) == ("", None, False)


@pytest.mark.parametrize("text", ["", "plain words", "\x00\x01\x02", "[1, 2]", "<p>Welcome.</p>"])
def test_what_is_no_project_page_is_malformed(text):
    with pytest.raises(MalformedError):
        simple._parse(text.encode(), PAGE, "demo")


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda t: ("<h1>" + t).encode("utf-8", "replace")))
def test_no_page_does_more_than_be_malformed(body):
    with contextlib.suppress(MalformedError):
        simple._parse(body, PAGE, "demo")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["filename", "url", "hashes", "sha256", "size", "yanked", "upload-time", "provenance"]),
                inner,
                max_size=5,
            )
        ),
        max_leaves=12,
    )
)
def test_no_list_of_files_does_more_than_be_malformed(files):
    with contextlib.suppress(MalformedError):
        found = simple._parse(json.dumps({"files": files}).encode(), PAGE, "demo")
        assert all(f.file_name and f.url for f in found.files)


UNENDED = ["<!--", "<a ", "</a", "<!", "<?", "<![CDATA[", "<script>", "<h1></h1><a href='demo-1.0.tar.gz'", "<!--a"]


@pytest.mark.parametrize("text", UNENDED)
def test_a_page_that_ends_inside_of_something_is_read_once_and_malformed(text, monkeypatch):
    """The parser's end, which looks for every missing end again, is never reached."""
    monkeypatch.setattr(simple._Reader, "close", lambda self: pytest.fail("closed"))
    with pytest.raises(MalformedError):
        simple.read_anchors("<h1>x</h1><a href='demo-1.0.tar.gz'>demo</a>" + text * 3000, PAGE)


def test_a_lone_bracket_in_a_text_is_fine():
    assert len(simple.read_anchors("<h1>a < b</h1><a href='demo-1.0.tar.gz'>1 < 2</a> < ", PAGE)) == 1
