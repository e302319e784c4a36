"""Decodes strangers' files in a process of their own: what a file does to a decoder ends there.

The program's side is `pool` (which process reads what), `process` (one child and one photo at a
time), `limits` (how long and how large) and `segments` (shared memory); the child's is `worker`.
Both share `protocol` and `channel`. `launch` knows how to start the child.
"""
