"""Turns photos of the same scene from two cameras into LR/HR pairs that fit to a part of a pixel."""
