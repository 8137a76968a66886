"""Many subjects: what is listed, a run over it, what changed, and a baseline to begin with."""
