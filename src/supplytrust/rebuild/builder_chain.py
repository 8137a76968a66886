"""Who built the builder, as far as a file shows it: rebuilt, recorded, or only stated by the file itself.

Thompson, "Reflections on Trusting Trust" (CACM 1984): looking has to stop somewhere; this says where.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from supplytrust.ecosystems.rebuild_backend import RebuildBackend
from supplytrust.model.claims.rebuild import BuilderChain, ChainLink, RebuildResult
from supplytrust.rebuild import native_members

ALWAYS: Final = ("interpreter binary", "operating system", "hardware")


def of_wheel(
    file_name: str, members: Mapping[str, bytes], result: RebuildResult | None, own: RebuildBackend
) -> BuilderChain:
    """The chain below a wheel.

    With a reproduced result its build tools are known, else only what it states.
    """
    links: list[ChainLink] = []
    shown = result is not None and result.level.reproduced
    if result is not None and shown:
        links += [ChainLink(r.name, r.version, "rebuilt") for r in result.requirements or ()]
        links.append(ChainLink("interpreter", result.interpreter, "recorded"))
    else:
        links += [ChainLink(name, version, "stated", path) for name, version, path in own.stated_generators(members)]
    compilers = native_members.compilers(members)
    links += [ChainLink("compiler", text, "stated", path) for path, text in compilers]
    trust = ("compiler", *ALWAYS) if compilers or _is_native(members) else ALWAYS
    ends = "compiler" if "compiler" in trust else ("interpreter" if shown else "wheel generator")
    return BuilderChain(file_name, tuple(links), ends, trust)


def _is_native(members: Mapping[str, bytes]) -> bool:
    return any(data[:4] == native_members.ELF for data in members.values())
