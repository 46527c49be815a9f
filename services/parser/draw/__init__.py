"""Draws the pages of documents for people: one page as an image, or all of them with every value boxed and labelled.

``marks`` says what to draw and is pure; ``labelled`` and ``page`` open documents and run in the sandboxed child; ``images`` keeps
what was drawn in the object store.
"""
