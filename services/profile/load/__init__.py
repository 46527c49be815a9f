"""The arithmetic of the load profile: plain data in, plain data out, exact inside, no input or output.

``contribution`` takes from a bill's readings what counts; ``months`` shares periods out over calendar months; ``observed``
decides which months are known; ``filling`` estimates the others by a ``shapes`` shape; ``profile`` puts the twelve together.
"""
