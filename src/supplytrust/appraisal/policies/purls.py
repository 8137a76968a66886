"""Package URLs in policies and configurations: canonical, with or without a version as the place demands."""

from __future__ import annotations

from supplytrust.errors import Problem


def purl_problem(text: str, *, versioned: bool) -> Problem | None:
    """What is wrong with a purl, None when nothing is.

    It must be canonical (https://github.com/package-url/purl-spec), because subjects are compared by text;
    have a version if and only if `versioned`; and no qualifier or subpath.
    """
    from packageurl import PackageURL

    try:
        purl = PackageURL.from_string(text)
    except ValueError as error:
        return Problem(text, f"'{text}' is not a purl: {error}", "as pkg:pypi/name" + "@1.2.3" * versioned)
    if versioned != bool(purl.version):
        wanted = "needs an exact version" if versioned else "must not have a version"
        return Problem(text, f"'{text}' {wanted}", "as pkg:pypi/name" + "@1.2.3" * versioned)
    if purl.qualifiers or purl.subpath:
        return Problem(text, f"'{text}' has qualifiers or a subpath", "name the package only")
    if purl.to_string() != text:
        return Problem(text, f"'{text}' is not canonical", f"write '{purl.to_string()}'")
    return None
