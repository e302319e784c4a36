"""Runs engine jobs beside the window and brings their events to it."""
