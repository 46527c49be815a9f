"""Renderers that only test families use, so that test layouts hold blocks nobody tuned a reader on."""
