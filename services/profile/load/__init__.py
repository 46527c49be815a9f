"""The arithmetic of the load profile: plain data in, plain data out, exact inside, no input or output.

``consumption`` says which usages count; ``contribution`` takes from a bill's readings what counts,
``alignment`` dates its history;
``merged`` puts several bills together; ``streams`` and ``observed`` decide which months are known; ``filling`` estimates the
others by one of ``shapes``; ``profile`` puts the twelve together.
"""
