"""Reproducible measurements, one command each. The last line that a bench prints is one JSON object with its figures."""
