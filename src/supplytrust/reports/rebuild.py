"""A rebuild's result for people and for programs."""

from __future__ import annotations

from supplytrust import ecosystems
from supplytrust.formats import codec
from supplytrust.model.claims.rebuild import RebuildLevel, RebuildResult

SAID = {
    RebuildLevel.BIT_FOR_BIT: "the rebuilt file is the published file",
    RebuildLevel.CONTAINER_ONLY: "every member is equal; only the archive around them differs",
    RebuildLevel.NORMALIZED: "equal once line ends, generator line or metadata form are evened out",
    RebuildLevel.METADATA_DIFFERS: "the payload is equal; the metadata differs in meaning",
    RebuildLevel.DATA_DIFFERS: "code is equal; another file differs",
    RebuildLevel.CODE_DIFFERS: "code differs, is missing or was added",
    RebuildLevel.NATIVE_UNVERIFIED: "compiled members were not reproduced; what is known of them is below",
    RebuildLevel.NOT_REBUILT: "nothing was shown either way",
}


def to_json(result: RebuildResult) -> dict[str, object]:
    """One JSON object with the fields of the claim; `level` is the level's name, times are RFC 3339."""
    encoded = codec.encode(result)
    return dict(encoded) if isinstance(encoded, dict) else {}


def to_text(result: RebuildResult) -> str:
    """A few lines that say what was seen and, on a miss, in which files."""
    lines = [
        f"{result.file_name}  sha256 {result.sha256[:12]}…",
        f"  level         {result.level.value}: {SAID[result.level]}",
    ]
    if result.reason:
        lines.append(f"  reason        {_plain(result.reason)}")
    lines.append(f"  against       {result.source.value}  {result.source_digest}")
    lines += [*_around(result), *_describe_compiled(result)]
    lines += _how(result)
    for difference in result.differences:
        lines.append(f"  {difference.how:13} {_plain(difference.path)}")
        lines += [f"      {_plain(line)}" for line in difference.text.splitlines()]
    return "\n".join(lines) + "\n"


def _around(result: RebuildResult) -> list[str]:
    lines = []
    if result.normalizers:
        lines.append(f"  evened out    {', '.join(result.normalizers)}")
    if result.container:
        lines.append(f"  archive       {', '.join(result.container)}")
    if result.replayed is not None:
        tied = "rebuilt members repacked give the published bytes"
        lines.append(f"  replay        {tied if result.replayed else 'could not be shown'}")
    return lines


def _describe_compiled(result: RebuildResult) -> list[str]:
    """What is known although compiled members were not reproduced: how many others were, and each of them."""
    if result.native is None:
        return []
    own = [member for member in result.native if member.size]
    others = result.members - len(own)
    lost = len(set(result.unreproduced) - {member.path for member in own})
    lines = [f"  other members {others - lost} of {others} are as built"]
    for member in result.native:
        sizes = f"{member.size} bytes, built {'none' if member.rebuilt_size is None else member.rebuilt_size}"
        lines.append(f"  compiled      {member.level.value}: {_plain(member.path)}  ({sizes})")
        lines += [f"      {_plain(line)}" for line in member.differences]
        lines += [f"      named causes: {', '.join(member.reasons)}"] if member.reasons else []
    return lines


def _how(result: RebuildResult) -> list[str]:
    recipe = result.recipe
    if recipe is None:
        return []
    cut_off = f"{recipe.cut_off:%Y-%m-%d %H:%M:%S}Z" if recipe.cut_off else "none"
    named = ecosystems.release_of_file(result.file_name)
    explain = ecosystems.for_type(named[0]).rebuild_backend().explain_remedy if named else lambda _: ""
    lines = [
        f"  built with    {_plain(recipe.backend)} on {result.interpreter or 'no interpreter'}",
        f"  contained     {result.sandbox}",
        f"  cut-off       {cut_off}; rules: {', '.join(recipe.rules)}",
        f"  attempts      {len(result.attempts)} in {result.seconds:.1f} s",
        *(f"  {rule:23} {why}" for rule in recipe.rules if (why := explain(rule))),
    ]
    used = (f"{r.name}=={r.version}  sha256 {r.sha256}" for r in result.requirements or ())
    return [*lines, *(f"  requirement   {text}" for text in used)]


def _plain(text: str) -> str:
    """Foreign text for a terminal: nothing but printable characters."""
    return "".join(c if c.isprintable() or c == "\t" else "?" for c in text)
