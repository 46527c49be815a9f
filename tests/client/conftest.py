"""The partners' client is tested against the edge as it runs."""

from tests.gateway.conftest import dialects, edge, receiver

__all__ = ["dialects", "edge", "receiver"]
