"""What was judged and what was seen first, in one file or on a team's server: records, first-seen facts, drift."""

from supplytrust.ledger.book import Ledger, default_path, digest_of, find_ledger, open_ledger
from supplytrust.ledger.entry import Change, Entry, compare

__all__ = ["Change", "Entry", "Ledger", "compare", "default_path", "digest_of", "find_ledger", "open_ledger"]
