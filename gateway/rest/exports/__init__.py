"""Exports over HTTP: tables, Green Button feeds and Portfolio Manager meter data, sent as they are made."""
