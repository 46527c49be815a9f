"""The sample bills that the product carries, of a utility that does not exist, and the project that holds them."""

from importlib.resources import files

SAMPLES = ("sample-bill.pdf", "sample-bill-doubt.pdf")
"""On the first every sum holds, on the second one does not."""

PROJECT_NAME = "Sample home"
PROJECT_EXTERNAL_ID = "billowatt-sample"
"""The same on every load, so that a second one finds the first."""


def sample(name: str) -> bytes:
    """Return a sample bill."""
    return (files("billowatt") / "sample" / name).read_bytes()
