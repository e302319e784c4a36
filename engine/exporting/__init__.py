"""Networks in the file formats of other programs, each run after it was written."""
