"""Blind degradation: LR made from sharp photos by randomly drawn blur, noise and compression."""
