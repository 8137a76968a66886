"""What a rebuild needs of this machine, or the reason why there is none."""

from __future__ import annotations

from supplytrust.ports.world import World
from supplytrust.rebuild import sandbox, with_uv
from supplytrust.rebuild.build import Workshop


def equip(world: World) -> Workshop | str:
    """A workshop, or `no-sandbox` when bubblewrap does not work here and the caller did not say
    `unsandboxed`.
    """
    program = sandbox.bubblewrap()
    if not program and world.options.get("rebuild") != "unsandboxed":
        return "no-sandbox"
    uv = with_uv.find()
    installer = with_uv.Uv(uv, world.options.get("index", ""), world.cache / "uv")
    return Workshop(installer, program)
