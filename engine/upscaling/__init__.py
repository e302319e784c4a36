"""Upscaling, from a folder of photos down to a tile."""
