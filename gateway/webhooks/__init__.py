"""Webhooks that can be trusted: events frozen when they happen, signed, retried, delivered at least once."""
