"""Tiles: where they lie, how much memory they may take, how they are blended."""
