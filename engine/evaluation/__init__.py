"""Measuring networks on photos that were kept out of training."""
