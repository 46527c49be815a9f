"""The tree of refusals: each leaf is complete, unique, and drawn in the module's docstring."""

import re

import grpc
import pytest

from domain import refusals


def _drawn() -> dict[str, tuple[str, str, int]]:
    """Return class name, gRPC status and HTTP status by reason, as the drawing has them; a leaf inherits its branch's."""
    drawn: dict[str, tuple[str, str, int]] = {}
    branch = ("", 0)
    for line in (refusals.__doc__ or "").splitlines():
        words = re.findall(r"[A-Za-z_]+|\d{3}", line)
        if not re.search(r"[├└]", line) or not words:
            continue
        name, rest = words[0], words[1:]
        numbers = [int(word) for word in rest if word.isdecimal()]
        upper = [word for word in rest if word.isupper()]
        if re.match(r" {4}[├└]── ", line):
            branch = (upper[0], numbers[0])
            upper = upper[1:]
        if upper:
            drawn[upper[0]] = (name, branch[0], numbers[0] if numbers else branch[1])
    return drawn


def test_every_refusal_stands_in_the_drawing_as_it_is():
    real = {reason: (leaf.__name__, leaf.grpc_status, leaf.http_status) for reason, leaf in refusals.leaves().items()}
    assert real == _drawn()


def test_refusal_without_a_reason_of_its_own_is_told_as_its_branch():
    assert refusals.leaves()["TIMED_OUT"] is refusals.TimedOut
    assert (refusals.Contended.reason, refusals.Contended.grpc_status) == ("TIMED_OUT", "DEADLINE_EXCEEDED")
    assert refusals.Contended().sentence != refusals.TimedOut().sentence


@pytest.mark.parametrize("leaf", refusals.leaves().values(), ids=lambda leaf: leaf.__name__)
def test_refusal_has_a_sentence_and_statuses(leaf):
    refusal = leaf(limit_bytes=7)
    assert refusal.sentence.endswith(".")
    assert refusal.metadata == {"limit_bytes": "7"}
    assert grpc.StatusCode[leaf.grpc_status]
    assert 400 <= leaf.http_status < 600
