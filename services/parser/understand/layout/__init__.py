"""Rows, segments, tokens, labels and tables out of the words of a page."""
