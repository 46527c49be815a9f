"""Measures the console in a real browser.

    python -m bench.console [--quick]

A bill of twelve pages with a thousand values is uploaded, read by the real reader and reviewed in Chromium; another tenant has
10,000 bills in its list of work. Prints a table for people and, as its last line, one JSON object; ends with 1 where a promise is
not kept. What each figure is, and what it may be at most, stands in ``PROMISES``.
"""

import argparse
import asyncio
import gzip
import json
import sys

from bench.console import review, work
from bench.edge.house import house
from gateway.console.assets import OWN_ASSETS

PROMISES = {
    "key_step_p95_ms": 16.0,
    "page_image_p95_ms": 300.0,
    "work_first_p95_ms": 100.0,
    "work_deep_p95_ms": 100.0,
    "work_named_p95_ms": 100.0,
    "script_gzip_bytes": 60_000.0,
}
"""At most: the browser's own time for a key step from value to value; a drawn page from the store to the screen; the server's
time for the list of work; every script of the console together."""


async def measure(*, quick: bool) -> dict[str, float]:
    """Return the figures; ``quick`` takes fewer steps and rows."""
    figures: dict[str, float] = {}
    async with house("ingest", "profile", "gateway", "parser") as here:
        figures |= await review.measure(here, steps=60 if quick else 400)
        figures |= await work.measure(here, bills=1_000 if quick else 10_000, looks=10 if quick else 60)
    scripts = [asset.body for name, asset in OWN_ASSETS.items() if name.endswith(".js")]
    figures["script_gzip_bytes"] = sum(len(gzip.compress(body)) for body in scripts)
    return figures


def main() -> int:
    """Measure, print, and tell whether the promises are kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it works, not how fast")
    figures = asyncio.run(measure(quick=parser.parse_args().quick))
    broken = [name for name, most in PROMISES.items() if figures[name] > most]
    for name, figure in figures.items():
        most = f"at most {PROMISES[name]:g}" if name in PROMISES else ""
        print(f"{name:28} {figure:>12g}  {most}{'  BROKEN' if name in broken else ''}")
    print(json.dumps({"bench": "console", **figures, "kept": not broken}))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
