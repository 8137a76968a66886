"""The same evidence about a package of another name, by people of other names.

Every text of every claim, gap and subject is changed alike; ids follow from the changed claims. Digests, versions
and dates stay.
"""

from __future__ import annotations

import json
from dataclasses import replace

from supplytrust.model.evidence import Evidence, Observation, SubjectEvidence
from supplytrust.records.evidence_file import FORMAT, from_bytes, observation_id, to_bytes

NAMES = {
    "quietlake": "stillpond",
    "requestz": "zequestz",
    "requests": "zequests",
    "youngling": "freshling",
    "Alice Archer": "Zora Zimmer",
    "Bob Baker": "Yves Young",
    "Carol Carver": "Xenia Xu",
    "Nora Newcomer": "Wanda West",
    "Quentin Quick": "Vito Vance",
    "alice": "zora",
    "bob": "yves",
    "carol": "xenia",
    "nora": "wanda",
    "mallory": "ulrich",
    "archer": "zimmer",
    "baker": "young",
    "carver": "xu",
    "newcomer@": "west@",
    "acme": "emca",
}


def renamed(evidence: Evidence) -> Evidence:
    """Names exchanged, consistently."""
    text = to_bytes(evidence).decode()
    assert json.loads(text)["format"] == FORMAT
    for old, new in NAMES.items():
        text = text.replace(old, new)
    told = from_bytes(text.encode())
    return replace(told, nodes=tuple(_again(node) for node in told.nodes))


def _again(node: SubjectEvidence) -> SubjectEvidence:
    return replace(node, observations=tuple(_numbered(o) for o in node.observations))


def _numbered(seen: Observation) -> Observation:
    return replace(seen, id=observation_id(seen.source, seen.claim))
