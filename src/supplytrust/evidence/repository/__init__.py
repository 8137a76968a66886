"""What a repository's log, tags and trees say, as pure functions over values: no process, no file, no clock."""
