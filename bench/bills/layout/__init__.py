"""Block renderers: the same facts of a bill, set in ways that differ for real."""
