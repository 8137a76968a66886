"""Evidence that others signed: read strictly, verified offline against a pinned trust root."""
