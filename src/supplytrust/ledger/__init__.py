"""What was judged and what was seen first, in one sqlite3 file: records, first-seen facts, drift."""

from supplytrust.ledger.book import Ledger, default_path, digest_of, open_ledger
from supplytrust.ledger.entry import Change, Entry, compare

__all__ = ["Change", "Entry", "Ledger", "compare", "default_path", "digest_of", "open_ledger"]
