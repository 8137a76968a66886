"""The same world for every run: who starts the tests, where, and under which settings makes no difference to them.

Before anything is collected the environment is reduced to what is needed to find programs; home, configuration of
git and pip, language, time zone, umask and signals are set to known values. Child processes inherit them. Tests
marked `online` ask the machine's own index through its own configuration: a run of those leaves everything as it is.

Two markers decide what the default run holds: `thorough` (only `nox -s thorough`) and `sampled(n)` (of the instances
of a parametrized test n evenly spaced ones stay in the default run, the others are `thorough`). How many made-up cases
a property is tried with: 300 in the thorough run, an eighth of it in the default one, `SUPPLYTRUST_LAWS=3000` for the
long one; a test with a number of its own takes it through `simulators.effort`.
"""

from __future__ import annotations

import locale
import os
import shutil
import signal
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from simulators.effort import cases

NEEDED = (  # to find programs and this package; nothing of them speaks about a user
    *("PATH", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "COMPONENTIZE_JS"),
    *("PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"),
)
NEEDED_PREFIXES = ("SUPPLYTRUST_", "PYTEST_", "COVERAGE_", "COV_CORE_")
NOT_INHERITED = ("SUPPLYTRUST_CACHE", "SUPPLYTRUST_CONFIG", "SUPPLYTRUST_DEBUG")  # settings of the program itself
TOOLCHAINS = {"CARGO_HOME": ".cargo", "RUSTUP_HOME": ".rustup", "PYENV_ROOT": ".pyenv"}  # found below the real home
ZONE = "<+0545>-05:45"  # far from UTC and no whole hour: whoever reads the local clock is found out
ALLOWED_SKIPS = ("SUPPLYTRUST_", "this machine")  # vector sets given by path; what no package could be installed for
SKIPPED: list[str] = []
_FOLDER: list[Path] = []


# Examples are derived from the test itself, leave nothing behind and are not timed: the same in every run.
CALM = {"deadline": None, "database": None, "derandomize": True, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("tests", max_examples=cases(300), **CALM)
settings.register_profile(
    "laws", max_examples=int(os.environ.get("SUPPLYTRUST_LAWS") or 3000), **CALM | {"derandomize": False}
)
settings.load_profile("laws" if os.environ.get("SUPPLYTRUST_LAWS") else "tests")


def pytest_configure(config: pytest.Config) -> None:
    if any("::" in word for word in config.args):  # a test that is asked for by its name is run
        config.option.markexpr = config.option.markexpr.replace(" and not thorough", "")
    if not _asks_for_online(config):
        _set_signals()
        os.umask(0o022)
        if "PYTEST_XDIST_WORKER" not in os.environ:  # workers inherit what is set here
            _set_environment(Path(tempfile.mkdtemp(prefix="supplytrust-tests-")))
        os.environ.update(
            COLUMNS="80", LINES="25"
        )  # in each process: readline puts the terminal's into it when imported
        time.tzset()
        locale.setlocale(locale.LC_ALL, "C.UTF-8")


def pytest_unconfigure(config: pytest.Config) -> None:  # noqa: ARG001
    while _FOLDER:
        shutil.rmtree(_FOLDER.pop(), ignore_errors=True)


@pytest.hookimpl(tryfirst=True)  # before items are chosen by their markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    instances: dict[tuple[Path, str], list[pytest.Item]] = defaultdict(list)
    for item in items:
        if item.get_closest_marker("sampled"):
            instances[item.path, item.nodeid.partition("[")[0]].append(item)
    for group in instances.values():
        mark = group[0].get_closest_marker("sampled")
        chosen = _spread(len(group), mark.args[0]) if mark else set()
        for number, item in enumerate(group):
            if number not in chosen:
                item.add_marker(pytest.mark.thorough)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and isinstance(report.longrepr, tuple):
        _note_skip(report.nodeid, report.longrepr[2])


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped and isinstance(report.longrepr, tuple):
        _note_skip(report.nodeid, report.longrepr[2])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where everything is installed (`SUPPLYTRUST_NO_SKIPS`), a test that did not run is a failure."""
    if SKIPPED and os.environ.get("SUPPLYTRUST_NO_SKIPS") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if SKIPPED and os.environ.get("SUPPLYTRUST_NO_SKIPS"):
        terminalreporter.section("skipped although nothing may be", red=True)
        for line in sorted(set(SKIPPED)):
            terminalreporter.write_line(line)


def _note_skip(nodeid: str, reason: str) -> None:
    told = reason.removeprefix("Skipped: ")
    if not told.startswith(ALLOWED_SKIPS):
        SKIPPED.append(f"{nodeid}: {told}")


def _asks_for_online(config: pytest.Config) -> bool:
    expression = str(config.getoption("markexpr", ""))
    return "online" in expression and "not online" not in expression


def _set_signals() -> None:
    """A job of a shell's background, of cron or nohup begins with signals ignored, and so would all its children."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGALRM, signal.SIGUSR1, signal.SIGUSR2):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def _set_environment(folder: Path) -> None:
    _FOLDER.append(folder)
    home, empty = folder / "home", folder / "empty.conf"
    home.mkdir()
    empty.touch()
    real = Path(os.environ.get("HOME", "/"))
    for name, below in TOOLCHAINS.items():
        if (real / below).is_dir():
            os.environ.setdefault(name, str(real / below))
    for name in set(os.environ) - {*NEEDED, *TOOLCHAINS}:
        if not name.startswith(NEEDED_PREFIXES) or name in NOT_INHERITED:
            del os.environ[name]
    os.environ.update(
        HOME=str(home),
        TZ=ZONE,
        LC_ALL="C.UTF-8",
        GIT_CONFIG_NOSYSTEM="1",
        GIT_CONFIG_GLOBAL=str(empty),
        PIP_CONFIG_FILE=os.devnull,  # a word to pip, which then opens no file, nor this one
        npm_config_cache=str(folder / "npm"),  # also where that client writes its logs
        SUPPLYTRUST_CACHE=str(folder / "cache"),
    )


def _spread(count: int, most: int) -> set[int]:
    """Evenly spaced numbers below `count`, at most so many, the first and the last among them."""
    if count <= most:
        return set(range(count))
    return {round(step * (count - 1) / max(most - 1, 1)) for step in range(most)}
