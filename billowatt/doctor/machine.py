"""What the machine gives: room on the disk, a folder to write to, memory, files, shared memory, ports, names."""

import contextlib
import os
import platform
import resource
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from billowatt.doctor.check import Check, fail, ok, warn
from billowatt.remote.address import ready_of
from runtime.settings import Settings

GIB = 1024**3
DISK_BYTES_MIN, DISK_BYTES_FEW = GIB // 2, 5 * GIB
"""PostgreSQL stops writing on a full disk; half a GiB holds its log between two checkpoints of the embedded server."""

SYNC_SECONDS_SLOW = 0.1
"""An upload is answered after one such write; disks of laptops and clouds take 1 to 20 ms."""

FILES_MIN, FILES_FEW = 256, 1024
"""Open at once: 200 streams of a tenant, the connections of the database, and a margin."""

SHARED_BYTES_FEW = 64 * 1024 * 1024
"""PostgreSQL's parallel queries keep their memory there; containers get 64 MiB where nobody asks for more."""

NAME_TO_LOOK_UP = "example.com"
"""Reserved for such purposes (RFC 2606)."""


def versions() -> Check:
    """Tell which Billowatt, Python and system this is."""
    told = f"Billowatt {version('billowatt')}, Python {platform.python_version()}, {platform.platform()}"
    return ok("versions", told)


def data_folder(settings: Settings) -> Check:
    """See that the data folder, or the one it will be made in, can be written to and made durable."""
    name, data = "data folder", settings.data.resolve()
    place = next(one for one in (data, *data.parents) if one.exists())
    probe = place / f".billowatt-doctor-{os.getpid()}"
    try:
        began = time.perf_counter()
        with probe.open("wb") as file:
            file.write(b"doctor")
            file.flush()
            os.fsync(file.fileno())
        seconds = time.perf_counter() - began
    except OSError as error:
        return fail(name, f"{place} cannot be written to: {error.strerror}", f"chown or chmod {place}, or give --data")
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()
    told = f"{data} is writable, a durable write takes {seconds * 1000:.1f} ms"
    if data != place:
        told = f"{data} will be made in {place}, which is writable"
    if seconds > SYNC_SECONDS_SLOW:
        return warn(name, told, "put the data folder on a faster disk: each upload waits for one such write")
    return ok(name, told)


def disk(settings: Settings) -> Check:
    """See how much room the disk of the data folder has."""
    data = settings.data.resolve()
    place = next(one for one in (data, *data.parents) if one.exists())
    free = shutil.disk_usage(place).free
    told = f"{free / GIB:.1f} GiB are free at {place}"
    if free < DISK_BYTES_MIN:
        return fail("disk", told, "make room, or put the data folder elsewhere with --data")
    if free < DISK_BYTES_FEW:
        return warn("disk", told, "make room before many bills come: each keeps its file for as long as it is there")
    return ok("disk", told)


def memory(settings: Settings) -> Check:
    """See whether the reading processes could all have the memory that they may take."""
    pages = {
        line.split(":")[0]: int(line.split()[1]) * 1024 for line in _lines("/proc/meminfo") if line.endswith(" kB")
    }
    available = pages.get("MemAvailable")
    if available is None:
        return warn("memory", "this system does not say how much memory is available", "see that 2 GiB are")
    wanted = settings.parser_slots * GIB
    told = f"{available / GIB:.1f} GiB are available for {settings.parser_slots} reading processes"
    if available < wanted:
        return warn("memory", told, "lower BILLOWATT_PARSER_SLOTS: a scan may take up to 1 GiB while it is read")
    return ok("memory", told)


def open_files() -> Check:
    """See how many files a process may have open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    told = f"a process may have {soft} files open"
    if soft < FILES_MIN:
        return fail("open files", told, f"ulimit -n {min(4096, hard)}")
    if soft < FILES_FEW:
        return warn("open files", told, f"ulimit -n {min(4096, hard)}, before many clients follow events at once")
    return ok("open files", told)


def shared_memory() -> Check:
    """See whether there is shared memory for PostgreSQL."""
    name, place = "shared memory", Path("/dev/shm")  # noqa: S108 - looked at, nothing is kept there
    if not place.is_dir():
        if sys.platform != "linux":
            return ok(name, "this system keeps it elsewhere")
        return warn(name, f"{place} is not there", "mount a tmpfs there, or use a PostgreSQL elsewhere")
    total = shutil.disk_usage(place).total
    told = f"{place} has {total / 1024**2:.0f} MiB"
    if total < SHARED_BYTES_FEW:
        return warn(name, told, "give the container more: docker run --shm-size=256m")
    return ok(name, told)


def port(settings: Settings) -> Check:
    """See that the gateway's port is free, or that it is Billowatt who has it."""
    name, (host, _, number) = "port", settings.http_listen.rpartition(":")
    ready = ready_of(settings.data)
    if ready is not None and ready["url"].rpartition(":")[2] == number:
        return ok(name, f"{settings.http_listen} is ours: Billowatt runs on {settings.data}")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host.strip("[]"), int(number)), family=family):
            return ok(name, f"{settings.http_listen} is free")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return fail(
            name,
            f"{settings.http_listen} cannot be had: {reason}",
            "stop what uses it (ss -ltnp), or choose another: billowatt up --port 8081",
        )


def names() -> Check:
    """See that names of webhook receivers can be looked up."""
    try:
        socket.getaddrinfo(NAME_TO_LOOK_UP, 443, proto=socket.IPPROTO_TCP)
    except OSError as error:
        return warn(
            "names",
            f"names on the internet cannot be looked up ({error.strerror or error})",
            "webhooks to names need DNS: see /etc/resolv.conf; without webhooks nothing is missing",
        )
    return ok("names", "names on the internet can be looked up, as webhooks need it")


def _lines(path: str) -> Iterator[str]:
    try:
        yield from Path(path).read_text().splitlines()
    except OSError:
        return
