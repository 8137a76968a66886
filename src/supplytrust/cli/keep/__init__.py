"""supplytrust keep init|build"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from supplytrust.cli import options
from supplytrust.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from supplytrust.model.policy import Policy
    from supplytrust.wasm.capability import Grants

KEYS = ("vetting", "owner", "builder", "head", "lists")
LAYOUT, VETTING, GATE, STATUS, WORDS = "root.layout", "vetting.toml", "gate.toml", "status.json", "endorsements"
_SETTINGS = """# Where `supplytrust assess` finds what this team has to say about its own workload.
policy = "{0}/vetting.toml"

[assurances]
layouts = ["{0}/root.layout", "{0}/owner.pub"]
endorsements = ["{0}/head.pub", "{0}/endorsements"]
"""
_folder = click.option("--folder", default="keep", show_default=True, help="Where keys and policies are kept.")


@click.group("keep", cls=options.Group)
def command() -> None:
    """Bring a workload of one's own into a Keep: keys and policies, and a build that is watched."""


@command.command("init")
@options.argument("workload", "WORKLOAD.WASM", "The workload, which need not be built yet.")
@click.option("--config", metavar="FILE", help="The loader's configuration (Enarx.toml, spin.toml, ...).")
@click.option("--source", multiple=True, default=("src",), show_default=True, help="File or folder the build uses.")
@click.option("--trustor", default="", metavar="URI", help="Who you are, as records and gate say it.")
@click.option("--owner", default="owner@example.org", show_default=True, help="Who answers for the policy.")
@click.option("--days", default=90, show_default=True, help="The term of the layout.")
@_folder
def init(
    workload: str, config: str | None, source: tuple[str, ...], trustor: str, owner: str, days: int, folder: str
) -> None:
    """Make keys, a vetting policy, a gate policy, a layout and an empty status list; nothing is ever replaced."""
    from datetime import UTC, datetime, timedelta

    from supplytrust.appraisal.policies import loader
    from supplytrust.evidence.attestations.layout import write_layout
    from supplytrust.gate.drafts import begin_list
    from supplytrust.records.signers import new_key, open_key

    place, now = Path(folder), datetime.now(UTC).replace(microsecond=0)
    stem = Path(workload).name.removesuffix(".wasm")
    grants = _grants(config)
    (place / WORDS).mkdir(parents=True, exist_ok=True)
    for name in KEYS:
        new_key(place / name)
    text = loader.template(
        "workload", policy_id=f"{stem}-vetting".lower(), owner=owner, trustor=trustor or f"urn:supplytrust:{owner}"
    )
    _write(place / VETTING, text.encode("utf-8"))
    policy = loader.load(place / VETTING)
    _write(place / GATE, _gate_policy(Path(workload).name, policy, place, grants, now))
    _write(place / STATUS, begin_list(f"{stem}-keep", open_key(place / "lists"), at=now, hours=168))
    write_layout(
        place / LAYOUT,
        product=Path(workload).as_posix(),
        patterns=[f"{s.rstrip('/')}/*" if Path(s).is_dir() else s for s in source],
        owner=place / "owner",
        builder=place / "builder",
        expires=now + timedelta(days=days),
    )
    _tell_next(place, workload, config)


def _grants(config: str | None) -> Grants | None:
    from supplytrust.cli.output import read
    from supplytrust.wasm.adapters import read_grants

    return read_grants(read(config), config) if config else None


def _gate_policy(name: str, policy: Policy, place: Path, grants: Grants | None, now: datetime) -> bytes:
    from supplytrust.gate.drafts import Draft, draft_policy
    from supplytrust.model.policy import ROOT

    draft = Draft(
        name=f"{name.removesuffix('.wasm')}-keep",
        trustor=policy.trustor,
        record_key=(place / "vetting.pub").read_text("utf-8"),
        status_key=(place / "lists.pub").read_text("utf-8"),
        scope=name,
        policy_digest=policy.digest,
        policy_epoch=policy.epoch,
        purpose=policy.context.purpose,
        role=policy.context.role,
        areas={area.value: theta for area, theta in policy.expect[ROOT].items()},
        max_age_days=policy.max_age_days,
        tee=policy.context.tee,
        grants=grants,
    )
    return draft_policy(draft, now)


def _tell_next(place: Path, workload: str, config: str | None) -> None:
    settings = Path("supplytrust.toml")
    if settings.exists():
        click.echo(f"{settings} exists: add to it\n\n{_SETTINGS.format(place.as_posix())}")
    else:
        _write(settings, _SETTINGS.format(place.as_posix()).encode("utf-8"))
    loader = f" --loader-config {config}" if config else ""
    given = f" --config {config}" if config else ""
    click.echo(
        f"wrote {place}/ and {settings}; each private key belongs to whom its name says, so move it there. Next:\n"
        f"  supplytrust keep build -- COMMAND that writes {workload}\n"
        f"  supplytrust endorse {workload} --claim provenance/control_held_by_known_people --reason WHY"
        f" --author head --key {place}/head --expires DATE -o {place}/{WORDS}/{Path(workload).stem}.endorsement\n"
        f"  supplytrust assess ./{workload}{loader} --sign {place}/vetting -o record.json\n"
        f"  supplytrust admit {workload} --record record.json --policy {place}/{GATE} --status {place}/{STATUS}"
        f" --state {place}/state.json --platform platform.json{given}"
    )


def _write(place: Path, data: bytes) -> None:
    from supplytrust.formats.atomic import create_atomically

    try:
        create_atomically(place, data, mode=0o644)
    except FileExistsError:
        raise UsageError(f"{place} exists already", hint="name another --folder; nothing is replaced") from None
    except OSError as error:
        raise UsageError(f"cannot write {place}: {error.strerror}", hint="name a folder that can be written") from None


@command.command("build")
@_folder
@options.argument("cmd", "CMD ...", "The build, after --.", nargs=-1, required=True, type=click.UNPROCESSED)
def build(folder: str, cmd: tuple[str, ...]) -> None:
    """Run the build CMD (after --) and record, signed, what it used and what it made."""
    from supplytrust.evidence.attestations.layout import read_paths, watch_build, write_links

    place = Path(folder)
    sources, product = read_paths(place / LAYOUT)
    seen = watch_build(cmd, product=product, sources=sources, folder=Path())
    links = write_links(seen, cmd, place / "builder", place)
    click.echo(f"{product} sha256 {seen.product[1]} from {len(seen.sources)} files; wrote {', '.join(map(str, links))}")
