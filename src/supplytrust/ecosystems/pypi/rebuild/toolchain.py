"""What a rebuild needs of this machine, or the reason why there is none."""

from __future__ import annotations

from pathlib import Path

from supplytrust.ecosystems.pypi.address import simple_base
from supplytrust.ecosystems.pypi.rebuild import install_pip, install_uv
from supplytrust.ecosystems.pypi.rebuild.build import Workshop
from supplytrust.ecosystems.pypi.rebuild.environment import Installer
from supplytrust.ecosystems.pypi.rebuild.environment_cache import EnvironmentCache
from supplytrust.io.context import CollectContext
from supplytrust.io.processes import sandbox


def find_tools(world: CollectContext, scratch: Path) -> Workshop | str:
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
    return Workshop(EnvironmentCache(found, (scratch if box == sandbox.NONE else world.cache) / "environments"), box)


def installer(world: CollectContext) -> Installer | None:
    """The tool uv when it is there, else pip; `world.options["installer"]` = pip asks for pip."""
    uv = install_uv.find() if world.options.get("installer") != "pip" else ""
    if uv:
        return install_uv.Uv(uv, simple_base(world.settings), world.cache / "uv", offline=world.http.offline)
    return install_pip.Pip(world) if install_pip.present() else None
