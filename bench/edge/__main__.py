"""Measures the edge on this machine.

    python -m bench.edge [--quick] [PART ...]

Prints a table for people and, as its last line, one JSON object. Each part measures its alternative in the same run, because
machines differ and are shared: read the ratios first.
"""

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable

from bench.edge import pages, reads, webhooks

PARTS: dict[str, Callable[[bool], Awaitable[dict[str, float]]]] = {
    "reads": reads.measure,
    "pages": pages.measure,
    "webhooks": webhooks.measure,
}
"""By name: what measures, given whether it shall be quick."""


async def main() -> None:
    """Run the parts that were asked for and print their figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it works, not how fast")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all where none is named")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    figures: dict[str, float] = {}
    for name in options.parts or PARTS:
        figures |= await PARTS[name](options.quick)
    for name, figure in figures.items():
        print(f"{name:36} {figure:>12}")
    print(json.dumps(figures))


if __name__ == "__main__":
    asyncio.run(main())
