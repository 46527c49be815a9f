"""How a synthetic bill says things: label words by language as data, and the ways to write numbers and dates."""
