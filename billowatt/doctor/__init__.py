"""``billowatt doctor``: checks of this machine and of what runs on it, each with its state, a sentence, and what mends it.

Nothing is changed: what is written to see whether one can write is removed again. Nothing need run.
"""
