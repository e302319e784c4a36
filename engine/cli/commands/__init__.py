"""What each command does; imported when it is called, with all that it needs."""
