"""What a folder of photos is worth before any training: one object for window and command line."""
