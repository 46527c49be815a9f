"""Protos: wire contracts and their generated stubs; the .proto files are the text to read."""
