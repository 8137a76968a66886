"""The guarded ways to the outside: HTTP, archives, processes, scratch space. One door each, with limits."""
