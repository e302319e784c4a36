"""What each command takes and what its help says; light, so that `--help` is quick."""
