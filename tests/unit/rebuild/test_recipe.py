"""Recipe rules, from hints alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from simulators import source_packages
from simulators.backends import honest
from supplytrust.ecosystems.pypi.rebuild import environment, recipe
from supplytrust.ecosystems.pypi.rebuild.environment import Interpreter

UPLOADED = datetime(2024, 5, 6, tzinfo=UTC)
STAMP = (2024, 5, 5, 4, 3, 2)
EPOCH = int(datetime(*STAMP, tzinfo=UTC).timestamp())
TABLE = recipe.Table("setuptools.build_meta", ("setuptools>=61", "wheel", "other"), declared=True)


def hints(generator: str, *lines: str, stamp=STAMP, name="little", universal=False, mode=0o100644, eol=b"\n"):
    info = f"{name}-1.0.dist-info"
    head = "\n".join(["Metadata-Version: 2.1", f"Name: {name}", "Version: 1.0", *lines, "", ""])
    members = {
        f"{name}/__init__.py": b"",
        f"{info}/METADATA": head.encode().replace(b"\n", eol),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: {generator}\n".encode(),
    }
    data = honest.pack(members, stamp)
    data = data.replace((0o100644 << 16).to_bytes(4, "little"), (mode << 16).to_bytes(4, "little"))
    tag = "py2.py3" if universal else "py3"
    return recipe.read_hints(f"{name}-1.0-{tag}-none-any.whl", data, members)


def inferred(generator: str, *lines: str, table=TABLE, **form):
    found = hints(generator, *lines, **form)
    return found, recipe.infer(found, table, UPLOADED)


@pytest.mark.parametrize(
    ("generator", "pin"),
    [
        ("setuptools (75.1.0)", "setuptools==75.1.0"),
        ("flit 3.9.0", "flit-core==3.9.0"),
        ("poetry-core 1.9.0", "poetry-core==1.9.0"),
        ("poetry 1.0.10", "poetry-core==1.0.10"),
        ("hatchling 1.24.2", "hatchling==1.24.2"),
        ("pdm-backend (2.3.1)", "pdm-backend==2.3.1"),
        ("uv 0.4.1", "uv-build<=0.4.1"),
    ],
)
def test_generator_becomes_a_pin(generator: str, pin: str) -> None:
    assert inferred(generator)[1].pins == (pin,)


@pytest.mark.parametrize(
    "generator", ["maturin (1.5.1)", "setuptools", "evil 1.0", "setuptools (1; rm)", "hatchling x"]
)
def test_what_is_not_on_the_list_or_has_no_version_pins_nothing(generator: str) -> None:
    assert inferred(generator)[1].pins == ()


def test_cut_off_is_a_second_after_the_upload() -> None:
    assert inferred("flit 3.9.0")[1].cut_off == UPLOADED + timedelta(seconds=1)


def test_old_wheel_replaces_the_declared_setuptools() -> None:
    _, first = inferred("bdist_wheel (0.42.0)")
    assert first.requires() == ("other", "wheel==0.42.0", "setuptools<70.1")


def test_a_package_that_is_its_own_generator_is_not_pinned_to_itself() -> None:
    found, first = inferred("hatchling 1.24.2", name="hatchling")
    assert first.pins == ()
    assert "self-bootstrap" in first.rules
    assert found.name == "hatchling"


def test_pins_win_a_conflict() -> None:
    _, first = inferred("setuptools (75.1.0)")
    assert first.requires() == (*TABLE.requires, "setuptools==75.1.0")
    assert first.requires_on_conflict() == ("wheel", "other", "setuptools==75.1.0")


def test_one_stamp_is_the_epoch_and_many_are_a_clock() -> None:
    assert inferred("flit 3.9.0")[1].epoch == EPOCH
    source = source_packages.tree()
    name, data = source_packages.wheel(source, stamps=(STAMP, (2020, 1, 1, 0, 0, 0)))
    found = recipe.read_hints(name, data, source_packages.members(source)[1])
    first = recipe.infer(found, TABLE, UPLOADED)
    assert first.epoch is None
    assert first.clock is None  # WHEEL, METADATA and RECORD do not agree here


def test_umask_and_line_ends_of_the_builder() -> None:
    assert inferred("setuptools (75.1.0)", mode=0o100664)[1].umask == 0o002
    assert inferred("setuptools (75.1.0)")[1].umask == 0o022
    assert inferred("setuptools (75.1.0)", eol=b"\r\n")[1].crlf
    assert not inferred("setuptools (75.1.0)")[1].crlf


def test_ladder_of_old_wheels() -> None:
    found, first = inferred("bdist_wheel (0.34.2)", universal=True)
    ladder = recipe.rungs(found, first)
    assert [r.rules[-1] for r in ladder] == [
        "universal",
        "universal",
        "older-python",
        "older-setuptools",
        "older-python",
        "no-setuptools-bound",
    ]
    assert ladder[0].settings == (("--build-option", "--universal"),)
    assert ladder[1].settings == (("--global-option", "bdist_wheel"), ("--global-option", "--universal"))
    assert "setuptools<=56.2.0" in ladder[1].pins
    assert [r.python for r in ladder] == ["", "", "3.8", "", "3.9", ""]
    assert ladder[-1].requires() == ("setuptools>=61", "other", "wheel==0.34.2")


def test_ladder_of_others() -> None:
    found, first = inferred("setuptools (75.1.0)", "Requires-Dist: other (>=1)", "License-File: LICENSE")
    ladder = recipe.rungs(found, first)
    assert "wheel<=0.41" in ladder[0].pins
    assert [r.python for r in ladder] == ["", "3.13", "3.9", "3.13"]
    assert ladder[-1].pins == ()
    plain, once = inferred("flit 3.9.0")
    assert all(r != once for r in recipe.rungs(plain, once))


def test_switches_of_the_source_itself() -> None:
    text = b"""
if os.environ.get("LITTLE_NO_EXTENSION", ""): pass
if os.environ["LITTLE_PUREPYTHON"]: pass
if environ.get('DISABLE_LITTLE_CEXT'): pass
if os.environ.get("LITTLE_USE_MYPYC"): pass
if os.environ.get("PATH"): pass
"""
    found = recipe.switches({"setup.py": text, "tests/setup.py": b'os.environ["OTHER_NO_EXTENSIONS"]'})
    assert found == ("DISABLE_LITTLE_CEXT", "LITTLE_NO_EXTENSION", "LITTLE_PUREPYTHON")
    shown, first = inferred("flit 3.9.0")
    ladder = recipe.rungs(shown, first, found[:1])
    assert ladder[0].variables == (("DISABLE_LITTLE_CEXT", "1"),)
    assert all(not r.variables for r in ladder[1:])


def test_build_table() -> None:
    assert recipe.read_table({}) == recipe.Table()
    assert recipe.read_table({"pyproject.toml": b"[project]\nname='x'\n"}) == recipe.Table()
    table = recipe.read_table({"pyproject.toml": source_packages.PYPROJECT.format(backend="b").encode()})
    assert table == recipe.Table("b", (), (".",), declared=True)
    for broken in (
        b"[build-system]\n",
        b"[build-system]\nrequires = 'x'\n",
        b"[[[",
        b"\xff",
        b"build-system = 1",
        b"a." * 60 + b"a = 1",
    ):
        with pytest.raises(ValueError, match=r"."):
            recipe.read_table({"pyproject.toml": broken})


@pytest.mark.parametrize(
    ("text", "fits"),
    [("setuptools>=61", True), ("a[b]; python_version<'3'", True), ("a @ https://host.invalid/a.whl", False),
     ("--index-url=x", False), ("-r x", False), ("../a", False), ("", False)],
)  # fmt: skip
def test_only_plain_requirements_are_acceptable(text: str, fits: bool) -> None:
    assert recipe.acceptable(text) is fits


PYTHONS = tuple(Interpreter(f"/p{n}", "/", (3, n, 1)) for n in (13, 12, 11, 10, 9, 8))


@pytest.mark.parametrize(
    ("uploaded", "generator", "requires_python", "series"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), "flit 3.9.0", "", "3.12"),
        (datetime(2023, 12, 1, tzinfo=UTC), "flit 3.9.0", "", "3.11"),  # 3.12 was the newest then
        (datetime(2026, 1, 1, tzinfo=UTC), "flit 3.9.0", "<3.11", "3.9"),
        (datetime(2026, 1, 1, tzinfo=UTC), "flit 3.9.0", ">=3.13", "3.13"),
        (datetime(2026, 1, 1, tzinfo=UTC), "setuptools (65.0.0)", "", "3.10"),  # cannot run on 3.12
        (datetime(2018, 1, 1, tzinfo=UTC), "flit 3.9.0", "", "3.8"),
        (datetime(2026, 1, 1, tzinfo=UTC), "flit 3.9.0", "not a specifier", "3.12"),
    ],
)
def test_interpreter(uploaded: datetime, generator: str, requires_python: str, series: str) -> None:
    first = recipe.infer(hints(generator), TABLE, uploaded)
    chosen = environment.choose(first, requires_python, PYTHONS)
    assert chosen is not None
    assert chosen.series == series


def test_no_interpreter_fits() -> None:
    first = inferred("flit 3.9.0")[1]
    assert environment.choose(first, "<3", PYTHONS) is None
    assert environment.choose(first.also("x", python="3.7"), "", PYTHONS) is None


def test_our_own_interpreter_is_available() -> None:
    assert environment.available()
    assert [p.version for p in environment.available()] == sorted(
        (p.version for p in environment.available()), reverse=True
    )


def test_switches_that_put_compiled_parts_in() -> None:
    text = b"""
if os.getenv("LITTLE_USE_MYPYC", None) == "1": pass
if os.environ.get("REQUIRE_LITTLE_CEXT"): pass
if os.environ.get("LITTLE_NO_EXTENSION"): pass
if os.environ.get("USE_COLOUR"): pass
"""
    found = recipe.native_switches({"setup.py": text, "tests/setup.py": b'os.environ["OTHER_USE_CYTHON"]'})
    assert found == ("LITTLE_USE_MYPYC", "REQUIRE_LITTLE_CEXT")
