"""Shapes: meters, past months and charts in more of the shapes that bills give them, for the families of train and dev."""
