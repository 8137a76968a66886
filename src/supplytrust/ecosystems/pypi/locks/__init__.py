"""One file a format of Python: lock files, lists of requirements."""
