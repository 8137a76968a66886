"""What signals share: picking observations, and the judgements that several signals make alike."""
