import pytest

from supplytrust.model.subject import normal_name, normal_requirement, requirement_name, requirement_url, same_version


@pytest.mark.parametrize("name", ["Char.Set_Normalizer", "char-set-normalizer", " CHAR__set..normalizer "])
def test_names_of_one_project(name):
    assert normal_name(name) == "char-set-normalizer"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.0", "1"),
        ("v1.0.0", "1.0"),
        ("0!1.2", "1.2"),
        ("1.0RC1", "1.0.0rc1"),
        ("1.0-post1", "1.0.post1"),
        ("01.2", "1.2"),
    ],
)
def test_same_versions(one, other):
    assert same_version(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.0", "1.0.1"),
        ("1.0", "1!1.0"),
        ("1.0", "1.0rc1"),
        ("10", "1"),
        ("1.10", "1.1"),
        ("", "1"),
        ("x", "y"),
        ("1.0+a", "1.0"),
    ],
)
def test_other_versions(one, other):
    assert not same_version(one, other)


@pytest.mark.parametrize(
    ("requirement", "name", "url"),
    [
        ("Foo_Bar>=1", "foo-bar", ""),
        ("foo[x, y] >= 1", "foo", ""),
        ("foo @ https://example.org/f.whl ; extra == 'x'", "foo", "https://example.org/f.whl"),
        ("foo[x]@ file:///f.whl", "foo", "file:///f.whl"),
        ("", "", ""),
        (">=1", "", ""),
        ("@ x", "", ""),
    ],
)
def test_name_and_address_of_a_requirement(requirement, name, url):
    assert requirement_name(requirement) == name
    if name:
        assert requirement_url(requirement) == url


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("idna (<4,>=2)", "idna>=2, <4"),
        ('x; extra == "a"', "X ;extra=='a'"),
        ("a_b[c]>=1", "A-B[c] >= 1"),
        ("a ; ", "a"),
    ],
)
def test_requirements_in_other_words(one, other):
    assert normal_requirement(one) == normal_requirement(other)


@pytest.mark.parametrize(
    ("one", "other"), [("a>=1", "a>=2"), ("a", "a @ https://example.org/a"), ("a; extra=='x'", "a"), ("a[b]", "a")]
)
def test_requirements_that_differ(one, other):
    assert normal_requirement(one) != normal_requirement(other)


def test_very_long_text_takes_no_time():
    for text in ("1" * 100_000, "1." * 50_000, "a-" * 50_000, "a[" * 50_000, "(" * 100_000):
        assert not same_version(text, "2")
        normal_requirement(text)
        requirement_url(text)
        assert isinstance(normal_name(text), str)
