"""Lock files of the clients of this registry, one format a module."""
