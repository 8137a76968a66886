"""What the gate loads and touches: no network, no processes, nothing heavy."""

import json
import socket
import subprocess
import sys

import pytest

from simulators.cost import process_seconds
from simulators.keep import ENARX, PLATFORM, Keep, platform_policy

FOREIGN = (
    "socket",
    "ssl",
    "subprocess",
    "requests",
    "sigstore",
    "git",
    "in_toto",
    "sqlite3",
    "urllib",
    "http",
    "rfc8785",
    "packaging",
    "packageurl",
    "click",
)

PROGRAM = """
import json, sys
sys.path[:0] = {path!r}
before = set(sys.modules)
import supplytrust.gate
imported = set(sys.modules)
from simulators.keep import ENARX, PLATFORM, Keep, platform_policy
assert Keep(config=ENARX, policy_text=platform_policy()).admit(platform=json.dumps(PLATFORM).encode()).admit
print(json.dumps([sorted(imported - before), sorted(set(sys.modules) - before)]))
"""


def loaded():
    program = PROGRAM.format(path=[p for p in sys.path if p])
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return json.loads(done.stdout)


def test_modules():
    imported, used = loaded()
    for names in (imported, used):
        assert not {n.partition(".")[0] for n in names} & set(FOREIGN)
    assert len(imported) <= 130
    assert {n.partition(".")[0] for n in used if "supplytrust" not in n and "simulators" not in n}.isdisjoint(
        {"pytest", "hypothesis"}
    )


def test_no_socket_is_opened(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    keep = Keep(config=ENARX, policy_text=platform_policy())
    assert keep.admit(platform=json.dumps(PLATFORM).encode()).admit is True
    assert keep.admit(platform=b"x").admit is False


@pytest.mark.thorough
def test_start_up_costs_little_beside_what_it_stands_on():
    foreign = [n for n in loaded()[0] if not n.startswith("supplytrust")]
    code = (  # some of them, such as `typing.io`, are there only once their parent has put them there
        "import contextlib, importlib\n"
        f"for name in {foreign!r}:\n    with contextlib.suppress(ImportError):\n        importlib.import_module(name)"
    )
    stood_on = process_seconds(sys.executable, "-c", code)
    assert process_seconds(sys.executable, "-c", "import supplytrust.gate") <= 2 * stood_on
