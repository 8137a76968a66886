"""What a rebuild needs of this machine, or the reason why there is none."""

from __future__ import annotations

from pathlib import Path

from supplytrust.ecosystems.pypi.address import simple_base
from supplytrust.ports.world import World
from supplytrust.rebuild import sandbox, with_pip, with_uv
from supplytrust.rebuild.build import Workshop
from supplytrust.rebuild.environment import Installer
from supplytrust.rebuild.shelf import Shelf


def equip(world: World, scratch: Path) -> Workshop | str:
    """A workshop, or `no-sandbox: why` or `no-installer` when this machine has none.

    Without a sandbox nothing is built unless `world.options["rebuild"]` is `unsandboxed`; environments are then
    made in `scratch` and not kept.
    """
    box = sandbox.find_sandbox()
    if box == sandbox.NONE and world.options.get("rebuild") != "unsandboxed":
        return f"no-sandbox: {sandbox.explain_none()}"
    found = installer(world)
    if found is None:
        return "no-installer"
    return Workshop(Shelf(found, (scratch if box == sandbox.NONE else world.cache) / "environments"), box)


def installer(world: World) -> Installer | None:
    """The tool uv when it is there, else pip; `world.options["installer"]` = pip asks for pip."""
    uv = with_uv.find() if world.options.get("installer") != "pip" else ""
    if uv:
        return with_uv.Uv(uv, simple_base(world.settings), world.cache / "uv", offline=world.http.offline)
    return with_pip.Pip(world) if with_pip.present() else None
