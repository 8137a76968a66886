"""Linked libraries, names opened at run time and services, read from the files of an artifact."""

from __future__ import annotations

import importlib.util
import io
import random
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulators.cost import within
from simulators.elf import shared_object
from simulators.index import Project, Release, sdist, serving, wheel
from simulators.world import world
from supplytrust import ecosystems
from supplytrust.appraisal.policies.tables import purl_problem
from supplytrust.collection.scheduler import collect_claims
from supplytrust.collection.sources import artifact as artifact_source
from supplytrust.collection.sources import index as index_source
from supplytrust.collection.sources import links as linked_source
from supplytrust.ecosystems import PackageRequest
from supplytrust.errors import MalformedError
from supplytrust.evidence.dependencies import joins, runtime_references
from supplytrust.io.archives import elf
from supplytrust.io.archives.elf import read
from supplytrust.model.claims.artifact import LinkedLibraries, NativeFile, RunTimeReach
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import EdgeKind

CODE = '''"""See https://example.org/docs for more."""
import ctypes, redis
from ctypes.util import find_library
A = ctypes.CDLL("libdemo.so.1")
B = find_library("ssl")
C = ctypes.CDLL(A)
URL = "https://api.example.org:8443/v1/?q=1"
DB = "postgresql://localhost/db"
NOT = "see also://nothing"
'''


def look_at(made, tmp_path):
    project = Project("demo", [Release("1.0", [made], datetime(2026, 1, 1, tzinfo=UTC))])
    with serving([project]) as index, world(index, tmp_path) as here:
        subject = ecosystems.for_type("pypi").resolve(PackageRequest("pypi", "demo"), here)
        return collect_claims(subject, here, (index_source, artifact_source, linked_source))


def test_links_names_and_services_of_a_wheel(tmp_path):
    needed = ["libc.so.6", "libown-1234.so.1", "libodd.so.3"]
    files = {
        "demo/__init__.py": CODE,
        "demo/_native.so": shared_object(needed, runpath="$ORIGIN/../demo.libs:/opt/lib"),
        "demo.libs/libown-1234.so.1": shared_object(["libc.so.6"], soname="libown-1234.so.1"),
        "demo/tests/test_demo.py": "URL = 'https://only-in-tests.example.org/'\n",
        "demo/static.a": b"!<arch>\n" + b"x" * 60,
    }
    node = look_at(wheel("demo", "1.0", files, tag="py3-none-manylinux_2_17_x86_64"), tmp_path)
    claim = node.newest(LinkedLibraries).claim
    native = {f.path: f for f in claim.files}["demo/_native.so"]
    assert native.needed == tuple(needed)
    assert native.search == ("$ORIGIN/../demo.libs", "/opt/lib")
    assert native.machine == "x64"
    assert claim.bundled == ("libown-1234.so.1",)
    assert claim.host == ("libc.so.6", "libodd.so.3")
    assert claim.platform == "linux"
    assert claim.unread == ("demo/static.a",)

    found = node.newest(RunTimeReach).claim
    assert [(n.name, n.how) for n in found.libraries] == [("libdemo.so.1", "ctypes.CDLL"), ("ssl", "find_library")]
    assert {(e.service, e.known_by) for e in found.endpoints} == {
        ("https://api.example.org:8443", "address"),
        ("postgresql://localhost", "address"),
        ("redis", "client"),
    }
    assert [(e.child, e.kind, e.how) for e in joins.edges(node)] == [
        ("pkg:generic/lib/libodd.so@3", EdgeKind.LINK, "host")
    ]
    assert joins.edges(node, brought=["libodd.so.3"]) == ()
    around = joins.surroundings(node)
    assert (around.platform, around.system, around.bundled) == ("linux", ("libc.so.6",), ("libown-1234.so.1",))
    assert ("ssl", "find_library") in around.inferred
    assert ("https://api.example.org:8443", "address") in around.inferred


CALLER = """
import requests
from urllib.parse import urljoin
BASE = "https://api.example.org/v1"
def send(x, there):
    session = requests.Session()
    session.get(BASE)
    requests.post(f"https://up.example.org/{x}")
    requests.get(f"https://{x}.example.org/")
    requests.get(there)
    urljoin("https://docs.example.org/", x)
    {}.get("https://namespace.example.org/ns")
def local():
    requests.get("http://127.0.0.1:8000/status")
if __name__ == "__main__":
    def regenerate():
        requests.get("https://tables.example.org/")
    regenerate()
"""


def test_only_a_constant_address_in_a_call_that_connects_is_an_edge(tmp_path):
    files = {"demo/__init__.py": CALLER, "demo/examples/one.py": CALLER.replace("example.org", "example.net")}
    node = look_at(wheel("demo", "1.0", files), tmp_path)
    found = {(e.child, e.kind, e.via) for e in joins.edges(node)}
    assert found == {
        (joins.service("https://api.example.org"), EdgeKind.SERVICE_REMOTE, "demo/__init__.py:7"),
        (joins.service("https://up.example.org"), EdgeKind.SERVICE_REMOTE, "demo/__init__.py:8"),
        (joins.service("http://127.0.0.1:8000"), EdgeKind.SERVICE_LOCAL, "demo/__init__.py:14"),
    }
    inferred = {name for name, _ in joins.surroundings(node).inferred}
    assert inferred == {"https://docs.example.org", "https://namespace.example.org", "https://tables.example.org"}


def test_a_source_distribution_calls_nobody_yet(tmp_path):
    node = look_at(sdist("demo", "1.0", {"demo/__init__.py": CALLER}), tmp_path)
    assert joins.edges(node) == ()
    assert ("https://api.example.org", "address") in joins.surroundings(node).inferred


def test_a_library_that_is_there_and_cannot_be_read_is_brought_all_the_same(tmp_path):
    files = {"demo/_n.so": shared_object(["libown.so.1"]), "demo.libs/libown.so.1": b"\x7fELF broken"}
    node = look_at(wheel("demo", "1.0", files, tag="py3-none-manylinux_2_17_x86_64"), tmp_path)
    assert node.newest(LinkedLibraries).claim.unread == ("demo.libs/libown.so.1",)
    assert [e.child for e in joins.edges(node)] == [joins.library("needs-of-libown.so.1")]  # what it needs is not known
    assert "libown.so.1" in joins.brought([node])


def test_what_is_known_by_name_only_is_a_node_with_its_reason():
    for purl in (
        joins.library("libssl.so.3"),
        joins.library("libplain.so"),
        joins.service("https://a.example.org:8443"),
        joins.service("registry of pypi packages"),
    ):
        node = joins.unseen(purl)
        assert joins.is_joined(purl)
        assert purl_problem(purl, versioned=True) is None  # so that an exception can name it
        assert (node.subject.purl, node.observations) == (purl, ())
        assert {gap.reason for gap in node.gaps} == {NotObservedReason.NOT_LOOKED}
    assert joins.library("libssl.so.3") == "pkg:generic/lib/libssl.so@3"


def test_a_pure_wheel_links_nothing(tmp_path):
    node = look_at(wheel("demo", "1.0"), tmp_path)
    claim = node.newest(LinkedLibraries).claim
    assert (claim.files, claim.host, claim.platform) == ((), (), "")
    assert joins.edges(node) == ()


@pytest.mark.parametrize(
    ("versions", "host", "platform"),
    [
        (("GLIBC_2.17", "GLIBC_2.2.5"), ("libc.so.6",), "manylinux_2_17"),
        (("GLIBC_2.4", "GLIBC_2.28"), ("ld-linux-x86-64.so.2", "libm.so.6"), "manylinux_2_28"),
        (("GLIBC_2.17",), ("libpq.so.5",), "linux"),
        ((), ("libc.so.6",), "linux"),
    ],
)
def test_the_platform_that_symbols_and_libraries_allow(versions, host, platform):
    assert elf.platform([NativeFile("x.so", "x64", host, versions=versions)], host) == platform


def test_broken_elf_files_end_in_one_kind_of_error():
    whole = shared_object(["libc.so.6", "libm.so.6"], soname="x.so", rpath="/x")
    dice = random.Random(11)
    for size in range(4, len(whole), 7):
        within(1, lambda size=size: _read_or_refuse(whole[:size]))
    for _ in range(300):
        broken = bytearray(whole)
        for _ in range(4):
            broken[dice.randrange(4, len(broken))] = dice.randrange(256)
        within(1, lambda broken=bytes(broken): _read_or_refuse(broken))


def _read_or_refuse(data: bytes) -> None:
    try:
        found = read("x.so", io.BytesIO(data))
    except MalformedError as error:
        assert "x.so" in error.message
    else:
        assert found.path == "x.so"


def test_code_that_does_not_parse_tells_nothing():
    for data in (b"def (", b"\0", b"(" * 5000, b"x = 1\n" * 1_000_000):
        assert runtime_references.read("x.py", data) == ([], [])


@pytest.mark.skipif(not shutil.which("readelf"), reason="needs binutils")
def test_a_real_library_reads_as_readelf_reads_it():
    spec = importlib.util.find_spec("cryptography.hazmat.bindings._rust")
    path = Path(spec.origin)
    found = read(path.name, io.BytesIO(path.read_bytes()))
    told = subprocess.run(["readelf", "-dVW", path], capture_output=True, text=True, check=True).stdout
    assert list(found.needed) == re.findall(r"\(NEEDED\).*\[(.*)\]", told)
    needs = told.split("Version needs")[-1]
    assert set(found.versions) == set(re.findall(r"Name: (\S+)  Flags", needs))


def test_a_registry_is_told_by_its_type() -> None:
    from packageurl.validate import DEFINITIONS_BY_TYPE

    address = DEFINITIONS_BY_TYPE["pypi"].default_repository_url
    _, endpoints = runtime_references.read("x.py", f"PLACE = {address!r}\n".encode())
    assert [e.service for e in endpoints] == ["registry of pypi packages"]
