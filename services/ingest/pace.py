"""Paces: what ingest does by itself, and how often. Production uses the defaults; tests hurry."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Times of the work that nobody asks for [s]."""

    poll_seconds: float = 2.0
    """A stream with credit looks for work this often even when no bell rings: the bell is a hint, this is the guarantee."""

    rotation_seconds: float = 240.0
    """A work stream is ended at about this age, so that a new server gets its share of the workers."""

    rotation_grace_seconds: float = 2.0
    """After Drain a stream stays open so long for what is held; the rest is told on the worker's next stream."""

    closing_grace_seconds: float = 12.0
    """The same when the process stops; below the time that a component has for draining."""

    progress_seconds: float = 0.5
    """Progress of one job is written no more often than this."""

    idle_seconds: float = 5.0
    """A follower of completions hears of its position this often when nothing happens."""

    reap_seconds: float = 2.0
    """How often lapsed leases are taken away."""

    sweep_seconds: float = 3600.0
    """How often stored files without a record are looked for."""

    forget_seconds: float = 900.0
    """How often remembered requests older than a day are removed."""


def jittered(seconds: float) -> float:
    """Return a time around ``seconds``, so that processes started together do not act together for ever."""
    return seconds * random.uniform(0.75, 1.25)  # noqa: S311 jitter, no secret
