"""The configuration is the assessed one, and grants nothing that the record and the policy do not name."""

from __future__ import annotations

from fnmatch import fnmatchcase

from supplytrust.errors import ConfigError
from supplytrust.gate.codes import Code
from supplytrust.gate.context import AdmissionContext
from supplytrust.gate.denial import from_config
from supplytrust.wasm import adapters
from supplytrust.wasm.binding import NO_FORMAT
from supplytrust.wasm.grants import Grants

ORDER, ENDS = 90, False


def check(case: AdmissionContext) -> None:
    """Digest first; then the grants are read again from the bytes and compared one by one."""
    entry = case.payload.workload
    given = case.bound["config"] if case.config is not None else ""
    if given != entry.config:
        what = "absent" if not given else "another one, or should be absent"
        case.deny(Code.CONFIG_DIGEST, "workload.config", f"the configuration is {what}")
    formats = case.policy.config_formats
    if formats and entry.grants_format not in formats:
        case.deny(Code.GRANT_EXTRA, "workload.grants.format", f"'{entry.grants_format}' is not accepted")
    if entry.grants_format == NO_FORMAT:
        if case.config is not None:
            case.deny(Code.GRANT_EXTRA, "workload.grants.format", "nobody read what the configuration grants")
        return
    case.grants = _grants(entry.grants_format, case.config)
    _compare(case, case.grants, entry.grants)


def _grants(name: str, config: bytes | None) -> Grants:
    try:
        return adapters.for_format(name).read(config)
    except ConfigError as error:
        raise from_config(error, "config") from None


def _compare(case: AdmissionContext, grants: Grants, assessed: frozenset[str]) -> None:
    allowed = case.policy.grants_allow
    for item in grants.items:
        if item not in assessed:
            case.deny(Code.GRANT_EXTRA, "workload.grants", f"'{item}' was not assessed")
        if allowed is not None and not any(fnmatchcase(item, pattern) for pattern in allowed):
            case.deny(Code.GRANT_EXTRA, "policy.grants", f"'{item}' is not allowed")
