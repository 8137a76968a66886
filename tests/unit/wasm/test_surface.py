"""Measures of a workload, each with its threat, and what a new one has that its predecessor had not."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as some

from simulators import wasm
from supplytrust.cli.app import app
from supplytrust.wasm.adapters import enarx
from supplytrust.wasm.capability import PREVIEW1
from supplytrust.wasm.inspection import inspect
from supplytrust.wasm.surface import compare_workloads, count_texts, measure_surface


def measures(data: bytes, grants=None) -> dict[str, int | None]:
    return {m.name: m.value for m in measure_surface(inspect(data), grants, count_texts(data))}


@given(some.sets(some.sampled_from(sorted(PREVIEW1)), max_size=12))
def test_an_import_more_is_never_less(names):
    """Each measure only grows with what is asked for, and all imports are counted."""
    few = measures(wasm.module([(wasm.WASI, n) for n in sorted(names)[1:]]))
    many = measures(wasm.module([(wasm.WASI, n) for n in sorted(names)]))
    assert many["imports"] == len(names)
    assert all(many[name] >= few[name] for name in ("imports", "network imports", "file imports", "input imports"))


def test_what_is_counted():
    inner = wasm.module([(wasm.WASI, "path_open")], data=b"https://example.org/a long text\0" * 2)
    found = measures(wasm.component(["wasi:sockets/tcp@0.2.3", "wasi:filesystem/types@0.2.3"], [inner]))
    assert (found["imports"], found["network imports"], found["file imports"], found["modules"]) == (2, 1, 1, 1)
    assert found["texts"] >= 2
    assert found["memory at most"] is None
    config = b'[[files]]\nkind = "connect"\nhost = "db.example.org"\n'
    assert measures(wasm.module(), enarx.read(config))["remote parties"] == 1
    assert all(m.threat for m in measure_surface(inspect(wasm.module())))


def test_what_is_new(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    old, new = wasm.module([(wasm.WASI, "fd_write")]), wasm.module([(wasm.WASI, "fd_write"), (wasm.WASI, "sock_send")])
    changes = {c.what: (c.added, c.removed) for c in compare_workloads(inspect(old), inspect(new))}
    assert changes == {"imports": (("wasi_snapshot_preview1.sock_send",), ()), "capabilities": (("net",), ())}
    (tmp_path / "old.wasm").write_bytes(old)
    (tmp_path / "new.wasm").write_bytes(new)
    told = CliRunner().invoke(app, ["diff", "old.wasm", "new.wasm"]).stdout
    assert "+ capabilities  net" in told
    assert any(line.startswith("* network imports") and line.split()[3:5] == ["0", "1"] for line in told.splitlines())
    assert "the same bytes" in CliRunner().invoke(app, ["diff", "old.wasm", "old.wasm"]).stdout
    assert "for which threat" in CliRunner().invoke(app, ["inspect", "new.wasm"]).stdout


@pytest.mark.parametrize("other", [b"{}", b""])
def test_a_workload_is_compared_with_a_workload(tmp_path, other):
    (tmp_path / "new.wasm").write_bytes(wasm.module())
    (tmp_path / "record").write_bytes(other)
    told = CliRunner().invoke(app, ["diff", str(tmp_path / "new.wasm"), str(tmp_path / "record")])
    assert told.exit_code != 0


HOSTILE = "<script>alert(1)</script>"


def page_of(data: bytes, *words: str) -> str:
    """The page that `inspect` makes of a workload in the current folder."""
    Path("main.wasm").write_bytes(data)
    done = CliRunner().invoke(app, ["inspect", "main.wasm", "--format", "html", *words])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_page_says_what_is_asked_granted_and_inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = wasm.module([(wasm.WASI, "fd_write"), (wasm.WASI, "sock_accept"), ("elsewhere", "x")])
    page = page_of(data)
    assert page.count("not known: no configuration was given") == 3
    Path("Enarx.toml").write_text('[[files]]\nkind = "stdout"\n')
    page = page_of(data, "--config", "Enarx.toml")
    words = (
        "no: it will fail",
        "yes, and not asked for",
        "elsewhere.x",
        "for which threat",
        "supplytrust assess main.wasm",
    )
    assert [word for word in words if word not in page] == []
    assert "Nothing of its host." in page_of(wasm.module())
    assert "2 core modules" in page_of(wasm.component(["wasi:cli/stdout@0.2.0"], [wasm.module(), wasm.module()]))


def test_names_in_a_workload_are_shown_inert(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    customs = [wasm.producers({"language": [(HOSTILE, HOSTILE)]}), wasm.module_name(HOSTILE), wasm.dylink([HOSTILE])]
    page = page_of(wasm.module([(HOSTILE, HOSTILE)], [HOSTILE], customs=customs))
    assert HOSTILE not in page
    assert page.count("&lt;script&gt;") >= 4
    assert "<script" not in page.replace(HOSTILE, "")
