"""Lock files of cargo, one module a format."""
