"""Measurements of the console in a real browser: a long bill under review, its page images, the list of work, the scripts."""
