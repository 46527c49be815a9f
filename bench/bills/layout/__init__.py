"""How a synthetic bill gets onto paper: one sheet to draw on, and block renderers that differ for real."""
