"""Where a project's own disclosure policy lies, and where that of a copied one does."""

import pytest

from supplytrust.evidence.repository.file_kinds import is_policy


@pytest.mark.parametrize(
    "path",
    [
        "SECURITY.md",
        "SECURITY",
        ".github/SECURITY.md",
        "docs/SECURITY.rst",
        ".well-known/security.txt",
        "SECURITY-INSIGHTS.yml",
    ],
)
def test_own(path):
    assert is_policy(path)


@pytest.mark.parametrize(
    "path",
    [
        "lib/sort/SECURITY.md",
        "vendor/x/.github/SECURITY.md",
        "src/demo/security.txt",
        "docs/security_model.md",
        "MYSECURITY.md",
    ],
)
def test_of_others(path):
    assert not is_policy(path)
