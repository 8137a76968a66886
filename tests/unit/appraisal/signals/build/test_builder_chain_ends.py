from simulators.evidence import WHEEL, ask
from supplytrust.model.claims.rebuild import BuilderChain, ChainLink
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "build/builder_chain_ends"
TRUST = ("interpreter binary", "operating system", "hardware")


def test_supports_when_a_link_was_found_by_a_rebuild():
    links = (ChainLink("flit-core", "3.12.0", "rebuilt"), ChainLink("interpreter", "cpython 3.12.1", "recorded"))
    finding = ask(ID, BuilderChain(WHEEL, links, "interpreter", TRUST))
    assert finding.status is Status.SUPPORTS
    assert "interpreter" in finding.because


def test_what_a_file_says_of_itself_is_no_chain():
    links = (ChainLink("flit", "3.12.0", "stated", "x/WHEEL"),)
    for chain in (links, ()):
        finding = ask(ID, BuilderChain(WHEEL, chain, "wheel generator", TRUST))
        assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCONCLUSIVE)


def test_nobody_looked():
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED
