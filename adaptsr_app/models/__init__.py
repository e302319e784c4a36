"""What the window shows, as observable state without painting and without torch."""
