"""Measurements of the edge: a module for each thing measured, one command for all."""
