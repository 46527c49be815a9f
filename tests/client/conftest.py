"""The partners' client is tested against the edge as it runs."""

from tests.gateway.conftest import edge, receiver

__all__ = ["edge", "receiver"]
