"""One check: its name, its state, a sentence that says what was found, and a fix where something is to be mended."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    """It works, and not as well as it could, or not for long."""
    FAIL = "fail"
    """Something that was asked for will not work."""


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found."""

    name: str
    state: State
    sentence: str
    fix: str = ""

    def told(self) -> dict[str, str | None]:
        """Return it for programs."""
        return {"check": self.name, "state": self.state.value, "sentence": self.sentence, "fix": self.fix or None}


def ok(name: str, sentence: str) -> Check:
    """Return a check that found what it should."""
    return Check(name, State.OK, sentence)


def warn(name: str, sentence: str, fix: str) -> Check:
    """Return a check that found something to mend some day."""
    return Check(name, State.WARN, sentence, fix)


def fail(name: str, sentence: str, fix: str) -> Check:
    """Return a check that found something that does not work."""
    return Check(name, State.FAIL, sentence, fix)
