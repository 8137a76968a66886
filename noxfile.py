"""Sessions: `nox` runs those that protect main; the others are asked for by name."""

import os
import pathlib
import shutil
import tarfile

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["tests", "thorough", "layers", "types", "lint", "gate_alone", "interop", "docs"]

AXE = "axe-core@4.14.1"
SAMPLE_CRATES = {"sev": "8.0.0", "dcap-qvl": "0.7.1"}
PYPROJECT = nox.project.load_toml("pyproject.toml")


def setup(session: nox.Session, *groups: str, extras: str = "") -> None:
    """Install the project as it is on disk, with the named dependency groups."""
    wanted = [requirement for group in groups for requirement in nox.project.dependency_groups(PYPROJECT, group)]
    session.install("-e", f".{extras}", *wanted)


@nox.session
def tests(session: nox.Session) -> None:
    """The default suite: offline, the same everywhere, a minute or two. Everything else has the session `thorough`."""
    setup(session, "test", "layers", extras="[rebuild,wasmtime]")
    session.run("pytest", *(session.posargs or ["-q", "-n", "2", "--ignore=tests/interop"]))


@nox.session
def thorough(session: nox.Session) -> None:
    """Every test with every case: all attacks, faults and laws, real rebuilds, processes that are killed, two workers.

    With CI=true a test that does not run fails the session: what it needs is missing and has to be installed.
    """
    setup(session, "test", "layers", "types", "stores", extras="[rebuild,wasmtime,dask]")
    env = {"SUPPLYTRUST_THOROUGH": "1"}
    if os.environ.get("CI"):
        env["SUPPLYTRUST_NO_SKIPS"] = "1"
    chosen = session.posargs or ["-q", "-n", "2", "--ignore=tests/interop"]
    session.run("pytest", "-m", "not online and not big and not browser", *chosen, env=env)


@nox.session
def big(session: nox.Session) -> None:
    """Workloads made on the spot by compilers; those whose compiler is missing are skipped."""
    setup(session, "test", "bench")
    session.run("pytest", "-q", "-m", "big", *session.posargs)


@nox.session
def fuzz_wasm(session: nox.Session) -> None:
    """Twenty thousand mutants: our WebAssembly reader against wasmtime."""
    setup(session, "test", "bench")
    session.run("python", "tools/bench/wasm_fuzz.py", *session.posargs)


@nox.session
def laws(session: nox.Session) -> None:
    """The laws of the algebra with ten times the cases."""
    setup(session, "test")
    session.run("pytest", "-q", "tests/laws", *session.posargs, env={"SUPPLYTRUST_LAWS": "3000"})


@nox.session
def layers(session: nox.Session) -> None:
    """Import contracts."""
    setup(session, "layers")
    session.run("lint-imports")


@nox.session
def types(session: nox.Session) -> None:
    """Static types, strict."""
    setup(session, "types")
    session.run("mypy")


@nox.session
def lint(session: nox.Session) -> None:
    """Style and complexity."""
    session.install(*nox.project.dependency_groups(PYPROJECT, "lint"))
    session.run("ruff", "check", "src", "tests", "tools", "noxfile.py")
    session.run("ruff", "format", "--check", "src", "tests", "tools", "noxfile.py")


@nox.session
def gate_alone(session: nox.Session) -> None:
    """The gate with its one dependency and nothing else installed."""
    session.install("--no-deps", "-e", ".")
    session.install("cryptography", "pytest", "pytest-socket", "hypothesis")
    session.run("pytest", "-q", "tests/gate", *session.posargs, env={"SUPPLYTRUST_GATE_ALONE": "1"})


@nox.session
def interop(session: nox.Session) -> None:
    """Programs outside Python (shell, Node, Rust) agree with our records."""
    setup(session, "test")
    if shutil.which("cargo"):
        for crate in ("tests/interop/rust", "docs/examples/keep-gate", "docs/examples/keep-loader"):
            fetch = ("cargo", "fetch", "--quiet", "--manifest-path", f"{crate}/Cargo.toml")
            session.run(*fetch, external=True, success_codes=[0, 101])
    env = {"SUPPLYTRUST_NO_SKIPS": "1"} if os.environ.get("CI") else {}
    session.run("pytest", "-q", "tests/interop", "-m", "not online", *session.posargs, env=env)


@nox.session
def attestation_samples(session: nox.Session) -> None:
    """Reports and quotes of real platforms, which the crates `sev` and `dcap-qvl` ship, and 200 mutants of each.

    `cargo fetch` brings the crates; without it nothing is verified and the session says so, with CI=true it fails.
    """
    setup(session, "test")
    project = pathlib.Path(session.create_tmp()).resolve()
    (project / "src").mkdir(exist_ok=True)
    (project / "src" / "lib.rs").touch()
    crates = "".join(f'{name} = "={version}"\n' for name, version in SAMPLE_CRATES.items())
    package = '[package]\nname = "samples"\nversion = "0.1.0"\nedition = "2021"\n'
    (project / "Cargo.toml").write_text(f"{package}[dependencies]\n{crates}[workspace]\n")
    home = project / "cargo"
    fetch = ("cargo", "fetch", "--quiet", "--manifest-path", str(project / "Cargo.toml"))
    if shutil.which("cargo"):
        session.run(*fetch, external=True, success_codes=[0, 101], env={"CARGO_HOME": str(home)})
    if not (home / "registry" / "src").is_dir():
        said = "the crates were not reached"
        session.error(said) if os.environ.get("CI") else session.skip(said)
    folder = project / "samples"
    session.run(
        "python", "-W", "ignore", "tools/bench/attestation_samples.py", str(home / "registry" / "src"), str(folder)
    )
    env = {"SUPPLYTRUST_ATTESTATION_SAMPLES": str(folder), "SUPPLYTRUST_NO_SKIPS": "1"}
    session.run("pytest", "-q", "-n0", "tests/gate/test_attestations.py::test_public_samples", env=env)


@nox.session
def pages(session: nox.Session) -> None:
    """Pages in Chromium (a package of the system) under axe-core (fetched from the npm registry); pictures are kept.

    Without Chromium, npm or what they fetch nothing is looked at, and the session says so; with CI=true it fails.
    """
    setup(session, "pages")
    folder = pathlib.Path(session.create_tmp())
    axe = fetch_axe(session, folder)
    missing = [name for name, there in (("chromium", shutil.which("chromium")), ("axe-core", axe)) if not there]
    if missing:
        said = f"not here: {', '.join(missing)}"
        session.error(said) if os.environ.get("CI") else session.skip(said)
    pictures = folder / "pictures"
    pictures.mkdir(exist_ok=True)
    env = {"SUPPLYTRUST_AXE": str(axe), "SUPPLYTRUST_PICTURES": str(pictures), "SUPPLYTRUST_NO_SKIPS": "1"}
    session.run("pytest", "-q", "-m", "browser", "tests/browser", *session.posargs, env=env)
    session.log(f"pictures: {pictures}")


def fetch_axe(session: nox.Session, folder: pathlib.Path) -> pathlib.Path | None:
    """axe-core as the npm client finds it under its name; None when there is no npm, or nothing is reached."""
    return fetch_of_npm(session, folder, AXE, "axe.min.js")


def fetch_of_npm(session: nox.Session, folder: pathlib.Path, package: str, file: str) -> pathlib.Path | None:
    """One file of a package, as the npm client packs it; None when there is no npm, or nothing is reached."""
    place = folder / "package" / file
    if not place.exists() and shutil.which("npm"):
        with session.chdir(folder):
            name = session.run("npm", "pack", "--silent", package, external=True, silent=True, success_codes=range(256))
        packed = folder / str(name).strip().rpartition("\n")[2]
        if packed.is_file():
            with tarfile.open(packed) as archive:
                archive.extract(f"package/{file}", folder, filter="data")
    return place.resolve() if place.exists() else None


@nox.session
def schemas(session: nox.Session) -> None:
    """SARIF and CycloneDX against their schemas, which packages of others ship; what is not reached is skipped."""
    setup(session, "test")
    session.install("cyclonedx-python-lib >=11")
    folder = pathlib.Path(session.create_tmp())
    where = "import cyclonedx.schema as s, pathlib; print(pathlib.Path(s.__file__).parent / '_res')"
    shipped = pathlib.Path(str(session.run("python", "-c", where, silent=True)).strip())
    for name in ("bom-1.6", "spdx", "jsf-0.82"):
        shutil.copy(shipped / f"{name}.SNAPSHOT.schema.json", folder / f"{name}.schema.json")
    sarif = fetch_of_npm(session, folder, "@microsoft/jest-sarif@1.0.0-beta.0", "lib/schemas/sarif-2.1.0-rtm.5.json")
    env = {"SUPPLYTRUST_CYCLONEDX_SCHEMAS": str(folder.resolve()), "SUPPLYTRUST_SARIF_SCHEMA": str(sarif or "")}
    tests = ("tests/unit/records/test_exports.py", "tests/unit/reports/test_sarif_schema.py")
    session.run("pytest", "-q", *tests, *session.posargs, env=env)


@nox.session
def site_docs(session: nox.Session) -> None:
    """The documentation as a site, strictly: a link that leads nowhere fails. It asks no other host for anything."""
    session.install(*nox.project.dependency_groups(PYPROJECT, "site"))
    session.run("zensical", "build", "--clean", "--strict")


@nox.session
def docs(session: nox.Session) -> None:
    """Generated pages are in step with the code."""
    setup(session, "test")
    session.run("python", "-m", "tools.generate_docs", "--check")


@nox.session
def bench(session: nox.Session) -> None:
    """Ratios, side by side in one run."""
    setup(session, "test", "bench")
    by_name = {"rebuild", "cargo", "cases", "conformance", "calibrate", "corpus", "figures", "code_beside_bandit"}
    benches = sorted(p.stem for p in pathlib.Path("tools/bench").glob("*.py"))
    chosen = session.posargs or [name for name in benches if name not in by_name]
    for name in chosen:
        session.run("python", f"tools/bench/{name}.py")


@nox.session
def rebuild_bench(session: nox.Session) -> None:
    """Rebuild the frozen list of pure wheels from the index."""
    setup(session, "bench")
    session.run("python", "tools/bench/rebuild.py", *session.posargs)


@nox.session
def cargo_bench(session: nox.Session) -> None:
    """Real crates against their repositories, planted changes, packaging again: `-- --repositories FOLDER`."""
    setup(session, "bench")
    session.run("python", "tools/bench/cargo.py", *session.posargs)


@nox.session
def npm_bench(session: nox.Session) -> None:
    """Real packages against their repositories, packed again, OCI layouts: `-- --repositories FOLDER`."""
    setup(session, "bench")
    session.run("python", "tools/bench/npm.py", *session.posargs)


@nox.session
def cases(session: nox.Session) -> None:
    """Attacks and healthy look-alikes as a table; `-- --write` keeps it in docs/evaluation.md."""
    setup(session, "test")
    session.run("python", "tools/bench/cases.py", *session.posargs)


@nox.session
def calibrate(session: nox.Session) -> None:
    """Weights and thresholds against told and real releases; `-- --collect` collects the latter first.

    SUPPLYTRUST_CORPUS names the folder of evidence, SUPPLYTRUST_MIRRORS that of repositories. `-- --write` changes
    weights.toml, `-- --counts` keeps what the signals answered.
    """
    setup(session, "test", extras="[rebuild]")
    if "--collect" in session.posargs:
        session.run("python", "tools/bench/corpus.py")
    session.run("python", "tools/bench/calibrate.py", *session.posargs)


@nox.session
def conformance(session: nox.Session) -> None:
    """The public sigstore bundles: `-- PATH` of test/assets/bundle-verify of sigstore-conformance."""
    setup(session)
    session.run("python", "tools/bench/conformance.py", *session.posargs)


@nox.session
def scorecards(session: nox.Session) -> None:
    """Judge our own direct run-time dependencies again and rewrite scorecards/."""
    setup(session)
    session.run("python", "tools/refresh_scorecards.py", *session.posargs)


@nox.session
def self_audit(session: nox.Session) -> None:
    """Judge what we stand on and compare with docs/self-audit.md; `-- --write` makes the page again."""
    setup(session, extras="[rebuild]")
    session.run("python", "tools/self_audit.py", *session.posargs)


@nox.session
def online(session: nox.Session) -> None:
    """Tests against the configured package index; `-- healthy` assesses 100 real packages for docs/healthy-100.md."""
    setup(session, "test")
    args = ["-k", session.posargs[0]] if session.posargs else []
    env = dict(os.environ)
    if "healthy" in session.posargs:
        env.setdefault("SUPPLYTRUST_TABLE", "docs/healthy-100.md")
    session.run("pytest", "-q", "-s", "-m", "online", "--force-enable-socket", "tests/online", *args, env=env)
