"""Configuration files: found, read strictly, resolved against their own folder."""

from pathlib import Path

import pytest

from supplytrust.appraisal.policies import config
from supplytrust.errors import ConfigError
from supplytrust.model.policy import Publisher, Settings

FULL = """\
policy = "policies/ours.toml"
[index]
pypi = "http://127.0.0.1:8000/simple/"
[repository]
"pkg:pypi/foo" = "clones/foo.git"
"pkg:pypi/bar" = "https://example.org/bar.git"
"pkg:pypi/baz" = "git@example.org:team/baz.git"
"pkg:pypi/qux" = "/srv/qux.git"
[advisories]
osv = "osv"
service = "https://osv.example.org"
[trust-root]
sigstore = "roots/trusted_root.json"
[publisher."pkg:pypi/foo"]
issuer = "https://issuer.example.org"
repository = "owner/foo"
workflow = "release.yml"
[assurances]
cargo-vet = ["audits.toml", "/etc/audits.toml"]
audits = ["external.toml"]
crev = ["reviews.proof.crev"]
crev-ids = ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
oss-fuzz = "clones/oss-fuzz"
endorsements = ["endorse.json"]
layouts = ["root.layout"]
[purpose]
"pkg:pypi/foo" = "cryptography"
"""


def write(folder: Path, text: str, name: str = "supplytrust.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_every_key_arrives(tmp_path):
    settings = config.load(write(tmp_path, FULL))
    assert settings == Settings(
        policy=str(tmp_path / "policies/ours.toml"),
        index={"pypi": "http://127.0.0.1:8000/simple/"},
        repository={
            "pkg:pypi/foo": str(tmp_path / "clones/foo.git"),
            "pkg:pypi/bar": "https://example.org/bar.git",
            "pkg:pypi/baz": "git@example.org:team/baz.git",
            "pkg:pypi/qux": "/srv/qux.git",
        },
        osv=str(tmp_path / "osv"),
        advisory_service="https://osv.example.org",
        sigstore_root=str(tmp_path / "roots/trusted_root.json"),
        publisher={"pkg:pypi/foo": Publisher("https://issuer.example.org", "owner/foo", "release.yml")},
        cargo_vet=(str(tmp_path / "audits.toml"), "/etc/audits.toml"),
        audits=(str(tmp_path / "external.toml"),),
        crev=(str(tmp_path / "reviews.proof.crev"),),
        crev_ids=("A" * 43,),
        oss_fuzz=str(tmp_path / "clones/oss-fuzz"),
        endorsements=(str(tmp_path / "endorse.json"),),
        layouts=(str(tmp_path / "root.layout"),),
        purpose={"pkg:pypi/foo": "cryptography"},
    )


def test_paths_count_from_the_file_not_from_the_working_folder(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    write(tmp_path / "a", '[advisories]\nosv = "osv"\n')
    monkeypatch.chdir(tmp_path)
    assert config.load(Path("a/supplytrust.toml")).osv == str(tmp_path / "a" / "osv")


def test_a_shipped_policy_stays_a_name(tmp_path):
    assert config.load(write(tmp_path, 'policy = "production"\n')).policy == "production"
    assert config.load(write(tmp_path, "")) == Settings()


def test_table_of_a_shared_file(tmp_path):
    shared = '[project]\nname = "x"\n[tool.other]\na = 1\n[tool.supplytrust]\npolicy = "keep"\n'
    assert config.load(write(tmp_path, shared, "pyproject.toml")).policy == "keep"
    with pytest.raises(ConfigError, match=r"pyproject.toml:6: unknown key 'polcy'.*did you mean 'policy'"):
        config.load(write(tmp_path, shared.replace("policy", "polcy"), "pyproject.toml"))
    with pytest.raises(ConfigError, match="has no table"):
        config.load(write(tmp_path, "[tool]\n", "pyproject.toml"))


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("colour = 1\n", 1, "unknown key 'colour'"),
        ("[repositories]\n", 1, "did you mean 'repository'?"),
        ('[advisories]\nosw = "x"\n', 2, "unknown key 'osw' in [advisories] (did you mean 'osv'?)"),
        ("[advisories]\nosv = 3\n", 2, "must be a text"),
        ('[advisories]\nservice = "never"\n', 2, "is not a web address"),
        ('[index]\npypi = "ftp://127.0.0.1/simple"\n', 2, "not the address of an index"),
        ('[index]\npypi = "https://"\n', 2, "not the address of an index"),
        ('[index]\npypi = "http://[::1/simple"\n', 2, "not the address of an index"),
        ('[index]\npypi = "http://127.0.0.1:99999/"\n', 2, "not the address of an index"),
        ('[index]\n"Py PI" = "http://127.0.0.1/"\n', 2, "has not the right form"),
        ('[repository]\nfoo = "x"\n', 2, "is not a purl"),
        ('[repository]\n"pkg:pypi/foo@1" = "x"\n', 2, "must not have a version"),
        ('[repository]\n"pkg:pypi/Foo" = "x"\n', 2, "write 'pkg:pypi/foo'"),
        ('[repository]\n"pkg:pypi/foo" = "ext::sh -c true"\n', 2, "neither a path nor a URL"),
        ('[repository]\n"pkg:pypi/foo" = "--upload-pack=x"\n', 2, "neither a path nor a URL"),
        ('[publisher."pkg:pypi/foo"]\nrepository = "o/f"\n', 1, "'issuer' is missing"),
        ('[publisher."pkg:pypi/foo"]\nissuer = "example"\n', 2, "not a web address"),
        ('[publisher."pkg:pypi/foo"]\nissuer = "https://i.example.org"\nrepository = "f"\n', 3, "right form"),
        ('[publisher]\n"pkg:pypi/foo" = "o/f"\n', 2, "must be a table"),
        ('[assurances]\naudits = "a.toml"\n', 2, "must be an array"),
        ('[assurances]\ncrev-ids = ["me"]\n', 2, "has not the right form"),
        ('[assurances]\ncargo_vet = ["a.toml"]\n', 2, "did you mean 'cargo-vet'?"),
        ('[purpose]\n"pkg:pypi/foo" = "cryptografy"\n', 2, "did you mean 'cryptography'?"),
        ("policy = 1\npolicy = 2\n", 2, "not TOML"),
        ("policy\n", 1, "not TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path, text, place, problem):
    with pytest.raises(ConfigError) as caught:
        config.load(write(tmp_path, text))
    assert f"supplytrust.toml:{place}: " in caught.value.message
    assert problem in caught.value.message
    assert caught.value.hint
    assert caught.value.exit_code == 2


def test_all_problems_at_once(tmp_path):
    with pytest.raises(ConfigError) as caught:
        config.load(write(tmp_path, 'a = 1\n[index]\npypi = 2\n[purpose]\n"pkg:pypi/foo" = "x"\n'))
    assert [f":{n}: " in caught.value.message for n in (1, 3, 5)] == [True] * 3


def test_unreadable_files(tmp_path):
    (tmp_path / "latin.toml").write_bytes(b'policy = "\xe9"')
    (tmp_path / "big.toml").write_text("#" * (2 << 20))
    for name in ("absent.toml", ".", "latin.toml", "big.toml"):
        with pytest.raises(ConfigError) as caught:
            config.load(tmp_path / name)
        assert caught.value.hint


def test_the_own_file_comes_before_the_shared_one(tmp_path):
    write(tmp_path, '[tool.supplytrust]\npolicy = "keep"\n', "pyproject.toml")
    assert config.find(tmp_path).policy == "keep"
    write(tmp_path, 'policy = "production"\n')
    assert config.find(tmp_path).policy == "production"


def test_no_file_means_defaults(tmp_path):
    write(tmp_path, "[project]\n", "pyproject.toml")
    assert config.locate(tmp_path) is None
    assert config.find(tmp_path) == Settings()


def test_looks_upwards_inside_a_repository_only(tmp_path):
    write(tmp_path, 'policy = "keep"\n')
    inner = tmp_path / "repository" / "src" / "deep"
    inner.mkdir(parents=True)
    assert config.locate(inner) is None
    (tmp_path / "repository" / ".git").mkdir()
    assert config.locate(inner) is None
    own = write(tmp_path / "repository", 'policy = "production"\n')
    assert config.locate(inner) == own
    nearer = write(inner, "")
    assert config.locate(inner) == nearer


def test_a_broken_shared_file_is_not_skipped(tmp_path):
    write(tmp_path, "[tool.supplytrust\n", "pyproject.toml")
    with pytest.raises(ConfigError, match="not TOML"):
        config.find(tmp_path)
