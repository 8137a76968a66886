"""A gate policy says everything it means, and nothing else passes."""

import pytest

from simulators.keep import POLICY, Keep, platform_policy
from supplytrust.errors import PolicyError
from supplytrust.gate.policy import read_policy
from supplytrust.model.vocabulary import Area
from supplytrust.wasm.capability import Capability

GOOD = Keep().policy_file().decode()


def test_good_policy():
    policy = read_policy(GOOD.encode())
    assert policy.areas == {Area.BUILD: 0.8, Area.INTEGRITY: 0.8, Area.PROVENANCE: 0.7}
    assert Capability.NET in policy.capabilities
    assert policy.trustors[0].covers("team/a.wasm")
    assert not policy.trustors[0].covers("Main.wasm")
    assert read_policy(Keep(policy_text=platform_policy()).policy_file()).platform.minimum == {
        "snp": 8,
        "microcode": 100,
    }


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ("schema = 1", "schema = 2", "schema"),
        ('id = "test-keep"', "", "id"),
        ("epoch = 2", "epoch = 0", "epoch"),
        ("epoch = 2", 'epoch = "2"', "epoch"),
        ("issued = 2026-01-01T00:00:00Z", "issued = 2026-01-01T00:00:00", "issued"),
        ("[record]", "[recrod]", "recrod"),
        ("skew_seconds = 60", "skew_seconds = 3601", "skew_seconds"),
        ("skew_seconds = 60", "skew = 60", "skew"),
        ("sha256:abab", "sha256:ab", "policies"),
        ('build = "0.8"', 'build = "1.8"', "build"),
        ('build = "0.8"', "build = 0", "build"),
        ('build = "0.8"', "build = true", "build"),
        ('build = "0.8"', 'built = "0.8"', "built"),
        ('"clock"', '"clocks"', "allow"),
        ('"clock"', '"unknown"', "allow"),
        ('"clock"', '"dynamic-link"', "allow"),
        ('record = ["link"]', 'record = ["links"]', "record"),
        ('record = ["link"]', 'record = "link"', "record"),
        ("required = true", "", "status: required"),
        ('id = "main"', "", "status: id"),
        ("[[status.key]]", "[[status.keys]]", "key"),
        ("[platform]\nrequired = false", "", "platform"),
        ("[platform]\nrequired = false", "[platform]", "platform: required"),
        ("[platform]\nrequired = false", "[platform]\nrequired = true", "accept"),
        ("[platform]\nrequired = false", '[platform]\nrequired = true\naccept = ["word"]', "accept"),
        (
            "[platform]\nrequired = false",
            '[platform]\nrequired = false\n[[platform.cpu_deny]]\nbecause = "x"',
            "vendor",
        ),
        ("-----BEGIN PUBLIC", "-----BEGIN PRIVATE", "key"),
        ('scope = ["main.wasm", "team/*"]', "", "scope"),
        ('scope = ["main.wasm", "team/*"]', 'scope = ["*"]\nencoding = "raw"', "encoding"),
        ("[capabilities]", "[capability]", "capabilities"),
    ],
)
def test_each_problem_is_told(before, after, where):
    assert before in GOOD
    with pytest.raises(PolicyError) as error:
        read_policy(GOOD.replace(before, after, 1).encode())
    assert any(where in str(problem) for problem in error.value.problems)


def test_nobody_to_trust_and_nothing_to_reach():
    without = GOOD[: GOOD.index("[[trustor]]")] + GOOD[GOOD.index("[record]") :]
    with pytest.raises(PolicyError, match="nobody"):
        read_policy(without.encode())
    empty = GOOD.replace('build = "0.8"\nintegrity = "0.8"\nprovenance = "0.7"\n', "")
    with pytest.raises(PolicyError, match="every record would do"):
        read_policy(empty.encode())


def test_all_problems_at_once():
    broken = GOOD.replace("schema = 1", "schema = 9").replace('build = "0.8"', "build = 9").replace('"clock"', '"x"')
    with pytest.raises(PolicyError) as error:
        read_policy(broken.encode())
    assert len(error.value.problems) == 3
    assert POLICY
