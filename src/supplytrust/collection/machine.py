"""What this machine can and cannot see: each thing that evidence comes from, what its lack costs, and what mends it.

Nothing here is evidence of a package. Every check looks for itself, so that one that fails costs no other; what only
the network can tell is asked with little patience, and not at all when offline.
"""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from supplytrust import ecosystems
from supplytrust.errors import NotFoundError, SourceError, SupplytrustError
from supplytrust.evidence.advisories import database, documents
from supplytrust.evidence.attestations import root
from supplytrust.io.context import CollectContext
from supplytrust.io.http.client import Client, HttpLimits
from supplytrust.io.processes import run, sandbox
from supplytrust.model.subject import normal_name

IMPATIENT = HttpLimits(connect=3.0, read=5.0, total=8.0, retries=0, patience=0.0)
FORGES = ("github.com", "gitlab.com", "codeberg.org")
OLD_DAYS = 30
OUTDATED = "releases younger than it are REFER, and what it says of the others weighs less"
FINE, LACKS, NOTE = "fine", "lacks", "note"
ASKED_NAME = "supplytrust"  # any name will do: an index that says there is none has answered


@dataclass(frozen=True, slots=True)
class Check:
    """One thing: `seen` is what is there. Where it lacks, `cost` says so in outcomes and `remedy` is a command or line.

    `state` is FINE, LACKS, or NOTE where nothing was judged.
    """

    name: str
    state: str
    seen: str
    cost: str = ""
    remedy: str = ""


def inspect_machine(world: CollectContext) -> tuple[Check, ...]:
    """Every check, in order of how much its lack costs. Never raises for what the world did."""
    indexes = {f"index {kind}": functools.partial(_index, kind=kind) for kind in ecosystems.known_types()}
    parts: dict[str, Callable[[CollectContext], Iterator[Check]]] = {
        **indexes,
        "advisories": _advisories,
        "repositories": _repositories,
        "sandbox": _boxes,
        "programs": _programs,
        "trust root": _trust_root,
    }
    with closing(Client(world.cache / "http", offline=world.http.offline, limits=IMPATIENT)) as door:
        return tuple(check for name, part in parts.items() for check in _safely(name, part, replace(world, http=door)))


def _safely(name: str, part: Callable[[CollectContext], Iterator[Check]], world: CollectContext) -> Iterator[Check]:
    try:
        yield from part(world)
    except Exception as error:  # noqa: BLE001 - a check that breaks has told that much
        yield Check(name, LACKS, f"{type(error).__name__}: {error}"[:200], "what it tells is not known", "report it")


def _index(world: CollectContext, kind: str) -> Iterator[Check]:
    own, name = ecosystems.for_type(kind), f"index {kind}"
    if world.http.offline:
        yield Check(name, NOTE, "not asked: offline")
        return
    try:
        own.index_files(ASKED_NAME, world)
        yield Check(name, FINE, "answers")
    except NotFoundError:
        yield Check(name, FINE, "answers")
    except SupplytrustError as error:
        remedy = f'[index]\n{kind} = "https://..."  # or let the network reach it'
        yield Check(name, LACKS, error.message, f"no {kind} package can be assessed", remedy)


def _advisories(world: CollectContext) -> Iterator[Check]:
    cost = "every package is REFER: responsiveness/advisories_looked_up must hold"
    remedy = "supplytrust sources fetch LIST --advisories osv"
    if world.settings.osv:
        yield _database(world, cost, remedy)
    named = world.settings.advisory_service
    near = bool(world.settings.osv)
    if named == "none" or world.http.offline:
        seen = "not asked: " + ("switched off" if named == "none" else "offline")
        yield Check("advisory service", NOTE if near else LACKS, seen, *(() if near else (cost, remedy)))
        return
    kind = ecosystems.default_type()
    purl, about = f"pkg:{kind}/{ASKED_NAME}", (kind, normal_name(ASKED_NAME))
    try:
        documents.ask_service(named or documents.DEFAULT_SERVICE, purl, about, world.http, ecosystems.package_key)
        yield Check("advisory service", FINE, "answers")
    except SourceError as error:
        yield Check("advisory service", NOTE if near else LACKS, error.message, *(() if near else (cost, remedy)))


def _database(world: CollectContext, cost: str, remedy: str) -> Check:
    kind = ecosystems.default_type()
    try:
        with database.open_database(Path(world.settings.osv), world.cache, ecosystems.package_key) as base:
            extent = base.extent(kind)
    except SourceError as error:
        return Check("advisory database", LACKS, error.message, cost, remedy)
    if extent is None or extent.newest is None:
        return Check("advisory database", LACKS, f"holds nothing dated about {kind} packages", cost, remedy)
    days = (world.now - extent.newest).days
    seen = f"{extent.records} advisories, the newest of {extent.newest:%Y-%m-%d}"
    if days > OLD_DAYS:
        late = f"{seen}: {days} days old"
        return Check("advisory database", LACKS, late, OUTDATED, remedy)
    return Check("advisory database", FINE, seen)


def _repositories(world: CollectContext) -> Iterator[Check]:
    if shutil.which("git") is None:
        cost = "every package is REFER in integrity and provenance: nothing is compared with its source"
        yield Check("git", LACKS, "not installed", cost, "install git")
    else:
        ran = run.run(["git", "--version"], timeout=20)
        yield Check("git", FINE, ran.out.decode("utf-8", "replace").strip()[:60])
    near = len(world.settings.repository) + len(world.settings.clones)
    yield Check("repositories", NOTE, f"{near} named by the configuration")
    if world.http.offline:
        yield Check("forges", NOTE, "not asked: offline")
        return
    silent = [host for host in FORGES if not _answers(f"https://{host}/", world)]
    cost = "packages without a [repository] are REFER in integrity and provenance"
    remedy = "supplytrust sources fetch LIST --mirror PATH-OR-URL  # where the repositories are kept"
    seen = f"no answer from {', '.join(silent)}" if silent else f"{', '.join(FORGES)} answer"
    yield Check("forges", LACKS if silent else FINE, seen, *((cost, remedy) if silent else ()))


def _answers(url: str, world: CollectContext) -> bool:
    try:
        world.http.get(url, limit=2**22, raw=True)
    except SourceError as error:
        return error.reason not in ("unreachable", "offline")
    return True


def _boxes(world: CollectContext) -> Iterator[Check]:
    del world
    box = sandbox.find_sandbox()
    if box == sandbox.NONE:
        cost = "nothing is rebuilt: build is REFER wherever a rebuild would decide"
        yield Check("sandbox", LACKS, "none works here", cost, sandbox.remedy())
    else:
        yield Check("sandbox", FINE, box.name)


def _programs(world: CollectContext) -> Iterator[Check]:
    del world
    for kind in ecosystems.known_types():
        own = ecosystems.for_type(kind)
        if own.CLIENT and shutil.which(own.CLIENT) is None:
            cost = f"the public index is asked, not the one that {own.CLIENT} would be configured with"
            yield Check(own.CLIENT, LACKS, "not installed", cost, f'[index]\n{kind} = "https://..."')
        found = own.toolchains()
        if found:
            one = "a second one could show that toolchains agree (--second-interpreter)"
            alone = len(found) == 1
            yield Check(f"toolchains {kind}", NOTE, ", ".join(found) + (f"; {one}" if alone else ""))
    for tool in run.optional_tools():
        if tool.name not in ("git", "bwrap"):
            yield Check(tool.name, NOTE, tool.found or f"not found: {tool.purpose}")


def _trust_root(world: CollectContext) -> Iterator[Check]:
    cost = "no attestation is verified: build and integrity lose what publishers signed"
    remedy = '[trust-root]\nsigstore = "trusted_root.json"  # a current copy'
    named = world.settings.sigstore_root
    try:
        held = root.configured_root(Path(named)) if named else root.shipped_root()
    except SourceError as error:
        yield Check("trust root", LACKS, error.message, cost, remedy)
        return
    seen = f"{'configured' if named else 'shipped'}, of {held.taken:%Y-%m-%d}"
    stale = held.stale(world.now)
    yield Check("trust root", LACKS if stale else FINE, seen, *((cost, remedy) if stale else ()))
