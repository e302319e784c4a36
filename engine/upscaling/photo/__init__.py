"""One photo into one file: decoded pixels, transparency, size, encoder."""
