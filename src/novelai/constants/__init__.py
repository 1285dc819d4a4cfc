"""Names for the values parameters take, for completion and type checks.

Every value is one of the catalogue's; plain strings do the same.
"""
