"""Which texts are paths and which are names of packages; pip is asked the same."""

from __future__ import annotations

import pytest

from supplytrust.ecosystems.pypi.locks.requirement_lines import local_path, split_marker

PATHS = {
    ".": ".",
    "..": "..",
    ".[dev]": ".",
    "./": "./",
    ".[a,b] ; python_version > '3'": ".",
    "folder/": "folder/",
    "./pkg.zip": "./pkg.zip",
    "x-1.0-py3-none-any.whl": "x-1.0-py3-none-any.whl",
    "x-1.0-py3-none-any.whl[cli]": "x-1.0-py3-none-any.whl",
    "x-1.0-py3-none-any.whl ; python_version > '3'": "x-1.0-py3-none-any.whl",
    "x-1.0-py3-none-any.whl[cli] ; os_name == 'posix'": "x-1.0-py3-none-any.whl",
    "x-1.0.tgz": "x-1.0.tgz",
    "X-1.0.TAR.GZ": "X-1.0.TAR.GZ",
    "x-1.0.tar.lzma": "x-1.0.tar.lzma",
    "file:///tmp/x-1.0.tar.gz": "/tmp/x-1.0.tar.gz",
    "file:///tmp/a%20b/x-1.0.tar.gz#sha256=00": "/tmp/a%20b/x-1.0.tar.gz".replace("%20", " "),
    "file:x-1.0.tar.gz": "x-1.0.tar.gz",
    "a@b/x-1.0.tar.gz": "",
    "./a@b/x-1.0.tar.gz": "./a@b/x-1.0.tar.gz",
    "app.wasm": "app.wasm",
}
NAMES = ["requests", "requests==1.0", "requests@1.0", "requests[socks]", "requests[socks]==1 ; os_name == 'nt'", "zope.interface",
         "requests @ https://example.org/requests-1.0.tar.gz", "pkg:pypi/a@1", "https://example.org/x.whl", "git+file:///tmp/x",
         "file://host/share/x.whl", "x.tar.gz.asc"]  # fmt: skip


@pytest.mark.parametrize("text", PATHS)
def test_paths(text):
    assert local_path(text) == PATHS[text]


@pytest.mark.parametrize("text", NAMES)
def test_names_and_addresses(text):
    assert local_path(text) == ""


def test_markers_are_parted_as_pip_does():
    assert split_marker("a;os_name=='x'") == ("a", "os_name=='x'")
    assert split_marker("https://example.org/a;b.whl ; os_name=='x'") == ("https://example.org/a;b.whl", "os_name=='x'")
