"""What a reading process does to itself before it opens a hostile file: limits, no network, no files but its own.

Every part is asked of the kernel separately; where a kernel refuses one, the others still hold, and the report says which.
Must run while the process has one thread: Landlock and seccomp bind the calling thread and those it starts later.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from services.parser.sandbox.seccomp import refuse_dangerous_calls

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
FILES_OPEN_MAX = 64
INHERITED_FILES_MAX = 65536
CPU_SECONDS_HARD = 24 * 3600
"""The soft limit is moved for every document; this one only ends a process that escaped it."""

TEMPORARY_FILE_BYTES_MAX = 64 * 1024 * 1024
"""Tesseract is fed through files; the default engine writes none, and may not."""

LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
LANDLOCK_RULE_PATH_BENEATH = 1
LANDLOCK_ALL, LANDLOCK_READ, LANDLOCK_OF_FILES = 0x1FFF, 0x000D, 0x0007
"""Rights of Landlock's first version (Linux 5.13): all of them; execute, read file, read folder; those that a file can have."""

READABLE = (
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/sys/devices/system",
    "/proc",
    "/dev",
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one reading process may use.

    ``folder`` is its private temporary folder; ``programs`` is True where the engine runs a program of its own (Tesseract).
    """

    memory_bytes: int
    folder: Path
    programs: bool = False


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def enter(bounds: Bounds, parent_pid: int) -> dict[str, bool]:
    """Close the sandbox around this process.

    Args:
        bounds: what it may use.
        parent_pid: the process whose death must be this one's; if it is gone already, the process ends here.

    Returns:
        Which parts are in force.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    in_force = {
        "dies_with_parent": libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0,
        "no_new_privileges": libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0,
        "not_dumpable": libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0,
    }
    if os.getppid() != parent_pid:
        sys.exit(1)
    os.chdir(bounds.folder)
    os.closerange(3, INHERITED_FILES_MAX)
    in_force["limits"] = _set_limits(bounds)
    in_force["own_files_only"] = _see_own_files_only(libc, bounds)
    in_force["calls_refused"] = refuse_dangerous_calls(libc, programs=bounds.programs)
    in_force["no_network"] = in_force["calls_refused"] or libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0
    return in_force


def allow_cpu(seconds: float) -> None:
    """Let this process use so many more CPU seconds; past them the kernel ends it with SIGXCPU."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _set_limits(bounds: Bounds) -> bool:
    wanted = {
        resource.RLIMIT_AS: bounds.memory_bytes,
        resource.RLIMIT_CPU: CPU_SECONDS_HARD,
        resource.RLIMIT_FSIZE: TEMPORARY_FILE_BYTES_MAX if bounds.programs else 0,
        resource.RLIMIT_NOFILE: FILES_OPEN_MAX,
        resource.RLIMIT_CORE: 0,
    }
    held = True
    for limit, most in wanted.items():
        try:
            hard = resource.getrlimit(limit)[1]
            value = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(limit, (value, value))
        except (ValueError, OSError):
            held = False
    return held


def _see_own_files_only(libc: ctypes.CDLL, bounds: Bounds) -> bool:
    handled = ctypes.c_uint64(LANDLOCK_ALL)
    ruleset = libc.syscall(LANDLOCK_CREATE_RULESET, ctypes.byref(handled), ctypes.c_size_t(8), 0)
    if ruleset < 0:
        return False
    try:
        for place in _readable_places():
            _allow(libc, ruleset, place, LANDLOCK_READ)
        _allow(libc, ruleset, bounds.folder, LANDLOCK_ALL)
        _allow(libc, ruleset, Path("/dev/null"), LANDLOCK_OF_FILES)
        return bool(libc.syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _readable_places() -> list[Path]:
    """Name where the interpreter, its libraries and our own packages live, and nothing else of this machine."""
    house = Path(__file__).resolve().parents[3]
    ours = [house / room for room in ("domain", "protos", "runtime", "services")]
    prefixes = [Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)]
    wheels = [Path(place).resolve() for place in sys.path if place.endswith(("site-packages", "dist-packages"))]
    return [*ours, *prefixes, *wheels, *map(Path, READABLE)]


def _allow(libc: ctypes.CDLL, ruleset: int, place: Path, access: int) -> None:
    with contextlib.suppress(OSError):
        handle = os.open(place, os.O_PATH | os.O_CLOEXEC)
        try:
            if not place.is_dir():
                access &= LANDLOCK_OF_FILES
            rule = _PathBeneath(access, handle)
            libc.syscall(LANDLOCK_ADD_RULE, ruleset, LANDLOCK_RULE_PATH_BENEATH, ctypes.byref(rule), 0)
        finally:
            os.close(handle)
