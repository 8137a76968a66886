"""Every reason code is reached by a vector, and every vector gets its answer."""

import base64
import json
from datetime import datetime
from pathlib import Path

import pytest

from simulators.gate_vectors import vectors
from supplytrust.gate import admit
from supplytrust.gate.denial import Code
from supplytrust.gate.freshness import StateFile
from supplytrust.gate.handover import with_loader

FOLDER = Path(__file__).parents[1] / "vectors"
FILES = sorted(FOLDER.glob("*.json"))


def given(value):
    if isinstance(value, dict):
        return bytes.fromhex(value["repeat"]) * value["count"]
    return None if value is None else base64.b64decode(value)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_answer(path, tmp_path):
    vector = json.loads(path.read_text())
    inputs = vector["inputs"]
    state = None
    if inputs["state"] is not None:
        (tmp_path / "state.json").write_text(json.dumps(inputs["state"]))
        state = StateFile(tmp_path / "state.json")
    decision = admit(
        given(inputs["workload"]),
        config=given(inputs["config"]),
        envelope=given(inputs["envelope"]),
        gate_policy=given(inputs["gatePolicy"]),
        status=given(inputs["status"]),
        platform=given(inputs["platform"]),
        state=state,
        at=datetime.fromisoformat(vector["at"]),
    )
    decision = with_loader(decision, inputs.get("loader", ()))
    assert decision.admit is vector["expect"]["admit"]
    assert sorted({r.code for r in decision.reasons}) == vector["expect"]["codes"]


def test_every_code_has_a_vector():
    reached = {code for path in FILES for code in json.loads(path.read_text())["expect"]["codes"]}
    assert reached == {code.value for code in Code}


def test_files_are_what_the_generator_writes():
    made = {v.name: v.document() for v in vectors()}
    assert {p.stem: json.loads(p.read_text()) for p in FILES} == made
