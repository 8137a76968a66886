"""Whatever a caller hands in, what comes out of the library is an answer or an error of its own tree, never a defect."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

import supplytrust as st
from supplytrust.audits import executors
from supplytrust.cli.app import app

QUIET = {"offline": True, "ledger": None, "rebuild": "never"}
ODD = [
    *(None, True, -1, 5.5, b"x", [], {}, object(), "", "\0", "x" * 100_000, ["x" * 100_000], [None], {"a": 1}),
    *(Path("/nope"), Path(), Path("x" * 100_000), datetime(2026, 1, 1)),  # noqa: DTZ001 - that is the point
    *(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)),
]
OPTIONS = (
    *("policy", "context", "at", "progress", "config", "loader_config", "loader_format", "index_url", "repository"),
    *("deps", "rebuild", "ledger", "cache", "second_interpreter", "no_such_option"),
)
CALLS = {
    "assess": lambda odd: st.assess(odd, deps="none", **QUIET),
    "collect": lambda odd: st.collect(odd, deps="none", **QUIET),
    "appraise": lambda odd: st.appraise(odd),
    "audit": lambda odd: st.audit(odd, **QUIET),
    "audit of several": lambda odd: st.audit([odd], **QUIET),
    "load": lambda odd: st.load(odd),
    "load_evidence": lambda odd: st.load_evidence(odd),
    "save_evidence": lambda odd: st.save_evidence(odd, odd),
    "sign": lambda odd: st.sign(odd, odd),
    "verify": lambda odd: st.verify(odd, odd),
    "render": lambda odd: st.render(odd, odd),
    **{
        f"assess with {name}": lambda odd, name=name: st.assess("aa==1", **{"deps": "none", **QUIET, name: odd})
        for name in OPTIONS
    },
    **{
        f"audit with {name}": lambda odd, name=name: st.audit("list.txt", **{**QUIET, name: odd})
        for name in ("policy", "executor", "jobs", "at", "progress", "config", "ledger")
    },
}


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("list.txt").write_text("aa==1\n")
    return tmp_path


def faults(call: str, odd: object) -> str:
    try:
        CALLS[call](odd)
    except st.errors.SupplytrustError as error:
        return "" if error.exit_code in (2, 3, 11) else f"{call}: {error.exit_code}"
    return ""


@given(call=some.sampled_from(sorted(CALLS)), odd=some.sampled_from(ODD))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
def test_any_argument(call: str, odd: object) -> None:
    assert faults(call, odd) == ""


@pytest.mark.thorough
@pytest.mark.parametrize("call", sorted(CALLS))
def test_every_argument(call: str) -> None:
    assert [faults(call, odd) for odd in ODD] == [""] * len(ODD)


@pytest.mark.parametrize("odd", [5, "yes", [], object()])
def test_a_flag_is_a_flag(odd: object) -> None:
    with pytest.raises(st.errors.UsageError):
        st.assess("aa==1", **{**QUIET, "offline": odd})


def test_a_time_without_zone_or_out_of_range_is_a_usage_error() -> None:
    for at in (datetime(2026, 1, 1), datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)):  # noqa: DTZ001
        with pytest.raises(st.errors.UsageError):
            st.audit("list.txt", at=at, **QUIET)


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31T23:59:59Z", "2026-01-01T00:00:00"])
def test_the_command_line_says_so_too(text: str) -> None:
    asked = ["assess", "aa==1", "--offline", "--no-ledger", "--at", text]
    assert CliRunner().invoke(app, asked, standalone_mode=False).exception.exit_code == 2


class Odd(Executor):
    """An executor that does one thing wrong."""

    def __init__(self, wrong: str) -> None:
        self.wrong = wrong

    def submit(self, *_args: object, **_kwargs: object) -> Future:  # type: ignore[override]
        future: Future = Future()
        if self.wrong == "raises":
            raise RuntimeError("no room")
        if self.wrong == "gives nothing":
            return None  # type: ignore[return-value]
        if self.wrong == "cancels":
            future.cancel()
        elif self.wrong == "fails":
            future.set_exception(RuntimeError("lost"))
        elif self.wrong == "answers nothing":
            future.set_result(None)
        return future


@pytest.mark.parametrize("wrong", ["raises", "gives nothing"])
def test_what_is_no_executor(wrong: str) -> None:
    with pytest.raises(st.errors.UsageError):
        st.audit("list.txt", executor=Odd(wrong), **QUIET)


@pytest.mark.parametrize("wrong", ["cancels", "fails", "answers nothing"])
def test_a_task_that_is_lost_costs_its_package_only(wrong: str) -> None:
    result = st.audit("list.txt", executor=Odd(wrong), policy="baseline", **QUIET)
    assert [one.outcome for one in result] == [st.Outcome.REFER]


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_without_workers_ends_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed", reason="needs the extra supplytrust[dask]")
    monkeypatch.setattr(executors, "ALONE_SECONDS", 4.0)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=None, host="127.0.0.1", processes=True) as cluster,
        executors.open_executor(cluster.scheduler_address.replace("tcp://", "dask://")) as pool,
        pytest.raises(st.errors.UsageError, match="no worker"),
    ):
        st.audit("list.txt", executor=pool, policy="baseline", **QUIET)


MODULE = b"\0asm\x01\x00\x00\x00"


def test_a_workload_is_judged_by_the_policy_for_workloads() -> None:
    Path("main.wasm").write_bytes(MODULE)
    assert st.assess("./main.wasm", deps="none", **QUIET).policy.id == "workload"
    assert st.assess(Path("main.wasm"), deps="none", **QUIET).policy.id == "workload"
    assert st.assess("./main.wasm", policy="keep", deps="none", **QUIET).policy.id == "keep"
    Path("supplytrust.toml").write_text('policy = "production"\n')
    assert st.assess("./main.wasm", deps="none", **QUIET).policy.id == "production"


@pytest.mark.parametrize(
    ("text", "format_"),
    [
        ('[[files]]\nkind = "stdout"\n', "enarx"),
        ('spin_manifest_version = 2\n[application]\nname = "x"\n[component.x]\nsource = "x.wasm"\n', "spin"),
        ("wasmtime run -S inherit-network main.wasm", "wasmtime"),
    ],
)
def test_a_loader_configuration_of_any_name(text: str, format_: str) -> None:
    """Beside a configuration of this program's own; its format is told by its contents, or by the caller."""
    Path("main.wasm").write_bytes(MODULE)
    Path("deploy.conf").write_text(text)
    Path("ours.toml").write_text('policy = "workload"\n')
    for given_ in ({}, {"loader_format": format_}):
        record = st.assess(
            "./main.wasm", deps="none", config="ours.toml", loader_config="deploy.conf", **given_, **QUIET
        )
        assert record.workload["grants"]["format"] == format_
    with pytest.raises(st.errors.UsageError):
        st.assess("./main.wasm", loader_config="deploy.conf", loader_format="docker", **QUIET)
    Path("Enarx.toml").write_text("")
    with pytest.raises(st.errors.UsageError):
        st.assess("./main.wasm", loader_config="deploy.conf", config="Enarx.toml", **QUIET)


def test_the_command_has_the_option(desk: Path) -> None:
    Path("main.wasm").write_bytes(MODULE)
    Path("deploy.conf").write_text('[[files]]\nkind = "stdout"\n')
    asked = [
        "assess",
        "main.wasm",
        "--loader-config",
        "deploy.conf",
        "--format",
        "json",
        "--deps",
        "none",
        "--no-ledger",
    ]
    told = CliRunner().invoke(app, [*asked, "--offline"])
    assert '"format":"enarx"' in told.stdout.replace(" ", ""), told.output
