"""Running a network: the fastest way that shows no difference, and the checks on what comes out."""
