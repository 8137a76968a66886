"""JavaScript packages: registry documents, tarballs, versions, start-up code, lock files."""
