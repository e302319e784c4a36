"""Widgets that know nothing of the page they are on."""
