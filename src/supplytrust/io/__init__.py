"""The guarded ways to the outside: archives, git, HTTP, processes. One way each, with limits."""
