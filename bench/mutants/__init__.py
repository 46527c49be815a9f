"""Small files and what can go wrong with them: the material of the fuzz target."""
