"""What keylife costs, as ratios to a peer or a limit that is measured in the same run.

``make bench``, or ``python -m benchmarks [NAME …]``. Nothing here is a test: a ratio on a machine
that others use too says something, a time limit in a test suite does not.
"""
