"""Decodes strangers' files in a process of their own: what a file does to a decoder ends there.

The program's side is `pool` (which process reads what), `process` (one child and one photo at a
time), `limits` (how long and how large) and `segments` (shared memory); the child's is `worker`.
Both share `protocol` and `channel`. `launch` knows how to start the child.

The child loads neither torch nor Qt. Pixels come back in memory that both see, without a name and
without a copy; everything else as JSON and bounded blobs, never as pickles. The parent watches
processor time and memory; a child ends with its parent, whatever ended that. A frozen program starts
itself as its decoder. Profiles are tried out in the child before the program uses them.
"""
