"""Add lines to a configuration that people keep by hand: nothing that stands there is changed, and it is read again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from supplytrust.appraisal.policies import config
from supplytrust.errors import ConfigError, UsageError
from supplytrust.formats.atomic import write_atomically
from supplytrust.formats.toml import parse_toml


def add_lines(path: Path, tables: Mapping[str, Mapping[str, str]]) -> int:
    """Write `key = value` lines below `[table]` headers; keys that are there keep their values. The number written.

    Keys and values are TOML. The file is made when it is missing. UsageError, with the lines to write by hand, when
    the file keeps these tables in another form or would not be a configuration any more.
    """
    before = path.read_text("utf-8") if path.exists() else ""
    shared = "tool.supplytrust." if path.name == config.SHARED_FILE else ""
    text, count = before, 0
    for table, lines in tables.items():
        known = _keys(before, f"{shared}{table}")
        fresh = {key: value for key, value in lines.items() if next(iter(parse_toml(f"{key} = 0"))) not in known}
        text, count = _with_lines(text, f"{shared}{table}", fresh), count + len(fresh)
    if count:
        _write(path, before, text, tables)
    return count


def _keys(text: str, table: str) -> set[str]:
    found: object = parse_toml(text)
    for name in table.split("."):
        found = found.get(name, {}) if isinstance(found, dict) else {}
    return set(found) if isinstance(found, dict) else set()


def _with_lines(text: str, table: str, lines: Mapping[str, str]) -> str:
    if not lines:
        return text
    added = "".join(f"{key} = {value}\n" for key, value in lines.items())
    header = re.search(rf"^[ \t]*\[[ \t]*{re.escape(table)}[ \t]*\][^\n]*(?:\n|\Z)", text, re.MULTILINE)
    if header is None:
        gap = "\n" if text.strip() else ""
        return f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{gap}[{table}]\n{added}"
    head = text[: header.end()]
    return f"{head}{'' if head.endswith(chr(10)) else chr(10)}{added}{text[header.end() :]}"


def _write(path: Path, before: str, text: str, tables: Mapping[str, Mapping[str, str]]) -> None:
    by_hand = "; ".join(f"[{table}] {key} = {value}" for table, lines in tables.items() for key, value in lines.items())
    try:
        write_atomically(path, text.encode())
        config.load(path)
    except OSError as error:
        raise UsageError(f"cannot write {path.name}: {error.strerror}", hint=f"write it by hand: {by_hand}") from None
    except ConfigError as error:
        if before:
            write_atomically(path, before.encode())
        else:
            path.unlink()
        raise UsageError(
            f"{path.name} cannot take the lines: {error.message}", hint=f"write them by hand: {by_hand}"
        ) from None
