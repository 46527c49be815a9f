"""``billowatt read``: bills read on this machine with the parser's own pool, and what was read told to people and programs."""
