"""Measures the way of a bill on this machine: uploads a second, upload-to-webhook latency, memory while bodies stream.

    python -m bench.flow [--quick]

Prints a table for people and, as its last line, one JSON object. The disk's own speed is measured in the same run, because
machines differ and are shared: read the ratios first.
"""

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

from bench.bills import rendering
from bench.installation import Installation, Up
from bench.partner import Endpoint, Partner
from billowatt.tenants import make_tenant
from runtime.embedded_postgres import EmbeddedPostgres
from runtime.migrations import migrate, room_folders
from runtime.postgres import Database

MIB = 1024 * 1024
ROOT = Path(__file__).resolve().parent.parent
CLIENTS = 8
BODIES = 8
BODY_BYTES = 24 * MIB
PIECE_BYTES = 64 * 1024


def plain_writes(folder: Path, bodies: list[bytes], writers: int) -> float:
    """Return writes a second [1/s] of the same bodies as files, each followed by fsync of the file and its folder."""

    def write(numbered: tuple[int, bytes]) -> None:
        number, body = numbered
        with (folder / str(number)).open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        handle = os.open(folder, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)

    started = time.perf_counter()
    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(write, enumerate(bodies)))
    return len(bodies) / (time.perf_counter() - started)


async def uploads(partner: Partner, bodies: list[bytes]) -> float:
    """Return uploads a second [1/s] through the gateway, CLIENTS at a time."""
    project = await partner.project("uploads")
    waiting = iter(bodies)

    async def client() -> None:
        for body in waiting:
            await partner.upload(project, body)

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return len(bodies) / (time.perf_counter() - started)


async def latencies(partner: Partner, endpoint: Endpoint, documents: list[bytes]) -> list[float]:
    """Return the times from the start of each upload to its webhook [ms], one after the other."""
    project = await partner.project("latency")
    took = []
    for document in documents:
        started = time.perf_counter()
        uploaded = await partner.upload(project, document)
        await endpoint.wait_for(uploaded["utility_bill_id"])
        took.append((time.perf_counter() - started) * 1000)
    return took


def one_megabyte(number: int) -> bytes:
    """Return 1 MB that no other upload has, and that the parser gives up on at once, so that uploads alone are measured."""
    return b"%PDF-1.7\n" + number.to_bytes(8, "big") + os.urandom(1_000_000 - 17)


def distinct(document: bytes, number: int) -> bytes:
    """Return the document with a comment of its own behind its end, which no reader looks at."""
    return document + f"\n% copy {number}\n".encode()


async def measure_up(quick: bool, folder: Path) -> dict[str, float]:
    """Measure uploads and latency on `billowatt up`."""
    text = (files("billowatt") / "sample" / "sample-bill.pdf").read_bytes()
    scan = rendering.as_png(text)
    bodies = [one_megabyte(number) for number in range(40 if quick else 200)]
    plain = plain_writes(_made(folder / "plain"), bodies, CLIENTS)
    up = await Up.start(folder / "data")
    try:
        async with up.partner() as partner, Endpoint() as endpoint:
            await partner.listen(endpoint)
            await latencies(partner, endpoint, [distinct(text, number) for number in range(3)])
            texts = await latencies(
                partner, endpoint, [distinct(text, 10 + number) for number in range(10 if quick else 60)]
            )
            scans = await latencies(partner, endpoint, [scan + bytes(number) for number in range(2 if quick else 12)])
            rate = await uploads(partner, bodies)
    finally:
        await up.stop()
    return {
        "uploads_per_s": round(rate, 1),
        "plain_fsync_writes_per_s": round(plain, 1),
        "uploads_vs_plain_writes": round(rate / plain, 3),
        "upload_to_webhook_text_p50_ms": round(statistics.median(texts), 1),
        "upload_to_webhook_text_p95_ms": round(_percentile(texts, 95), 1),
        "upload_to_webhook_scan_p50_ms": round(statistics.median(scans), 1),
        "upload_to_webhook_scan_p95_ms": round(_percentile(scans, 95), 1),
    }


async def measure_memory(folder: Path) -> dict[str, float]:
    """Measure the gateway's memory while BODIES bodies of BODY_BYTES stream through it side by side."""
    folder.chmod(0o755)
    async with EmbeddedPostgres(folder / "postgres") as server, Installation(server.url) as installation:
        await migrate(server.url, room_folders(ROOT))
        async with await Database.open(server.url, application_name="bench") as database:
            _, key = await make_tenant(database, "bench")
        await installation.start("ingest", "profile", "gateway")
        gateway = installation.roles["gateway"].process.pid
        async with Partner(installation.url, key) as partner:
            project = await partner.project("memory")

            async def body(number: int, size_bytes: int) -> AsyncIterator[bytes]:
                yield b"%PDF-1.7\n" + number.to_bytes(8, "big")
                for _ in range(size_bytes // PIECE_BYTES):
                    yield os.urandom(PIECE_BYTES)

            async def send(number: int, size_bytes: int) -> None:
                headers = {"Content-Disposition": 'attachment; filename="large.pdf"'}
                path = f"/v1/projects/{project}/utility_bills"
                await partner.ask("POST", path, data=body(number, size_bytes), headers=headers, expect=202)

            # Small bodies first, as many at a time, so that what a call itself costs is not counted as a body's.
            await asyncio.gather(*(send(number, MIB) for number in range(BODIES)))
            before = _peak_bytes(gateway, reset=True)
            await asyncio.gather(*(send(100 + number, BODY_BYTES) for number in range(BODIES)))
            after = _peak_bytes(gateway)
    return {
        "gateway_rss_before_mib": round(before / MIB, 1),
        "gateway_mib_per_24_mib_body": round(max(0, after - before) / MIB / BODIES, 3),
        "bodies_in_parallel": BODIES,
    }


def _peak_bytes(process_id: int, *, reset: bool = False) -> int:
    """Return the peak resident memory of a process [bytes], since the last reset where the kernel allows one."""
    if reset:
        with contextlib.suppress(OSError):
            Path(f"/proc/{process_id}/clear_refs").write_text("5")
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) * 1024


def _percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


async def main() -> None:
    """Run all measurements and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds: shows that it works, not how fast")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        Path(folder).chmod(0o755)
        figures = await measure_up(options.quick, Path(folder))
        figures |= await measure_memory(_made(Path(folder) / "memory"))
    for name, figure in figures.items():
        print(f"{name:36} {figure:>12}")
    print(json.dumps(figures))


if __name__ == "__main__":
    asyncio.run(main())
