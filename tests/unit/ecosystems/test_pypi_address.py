import pytest

from supplytrust.ecosystems.pypi.address import json_base, simple_base
from supplytrust.errors import ConfigError
from supplytrust.model.policy import Settings


def base(environment, **index):
    return simple_base(Settings(index=index), environment)


def test_the_callers_setting_comes_first():
    assert base({"PIP_INDEX_URL": "https://b.example.org/simple"}, pypi="https://a.example.org/x/") == (
        "https://a.example.org/x/"
    )


@pytest.mark.parametrize("name", ["PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"])
def test_then_the_clients_environment(name):
    assert (
        base({name: "https://b.example.org/simple", "PIP_CONFIG_FILE": "/dev/null"}) == "https://b.example.org/simple/"
    )


@pytest.mark.parametrize("place", ["named.conf", ".pip/pip.conf", ".config/pip/pip.conf"])
def test_then_its_files(tmp_path, place):
    path = tmp_path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[global]\ntimeout = 3\nindex-url = https://c.example.org/simple%20x/\n")
    environment = {"HOME": str(tmp_path)}
    if place == "named.conf":
        environment["PIP_CONFIG_FILE"] = str(path)
    assert base(environment) == "https://c.example.org/simple%20x/"


def test_unreadable_files_name_nothing_and_the_default_is_the_purl_librarys(tmp_path):
    from packageurl.validate import DEFINITIONS_BY_TYPE

    path = tmp_path / ".pip" / "pip.conf"
    path.parent.mkdir()
    path.write_bytes(b"\xff\xfe not a config")
    found = base({"HOME": str(tmp_path), "PIP_CONFIG_FILE": "/dev/null"})
    assert found == DEFINITIONS_BY_TYPE["pypi"].default_repository_url.rstrip("/") + "/simple/"


@pytest.mark.parametrize(
    ("simple", "expected"),
    [
        ("https://example.org/simple/", "https://example.org/pypi/"),
        ("https://example.org/root/mirror/simple", "https://example.org/root/mirror/pypi/"),
        ("https://example.org/packages/", "https://example.org/packages/pypi/"),
        ("https://u:p@example.org/simple/", "https://u:p@example.org/pypi/"),
    ],
)
def test_the_json_api_is_beside_the_simple_one(simple, expected):
    assert json_base(simple) == expected


def test_config_errors_are_usage_errors():
    assert ConfigError("x").exit_code == 2
