"""A small system-call filter: the calls that reach the network, other processes or the kernel's deeper parts answer EPERM.

Classic BPF as of ``seccomp(2)``; call numbers from the kernel's tables for x86-64 and arm64. On other machines there is none.
"""

import ctypes
import os
import platform
from dataclasses import dataclass

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
SECCOMP_CALL = {"x86_64": 317, "aarch64": 277}
SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC = 1, 1

LOAD_WORD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050001
"""SECCOMP_RET_ALLOW, and SECCOMP_RET_ERRNO with EPERM."""

NUMBER_AT, MACHINE_AT, FIRST_ARGUMENT_AT = 0, 4, 16
"""Offsets in struct seccomp_data; of an argument the lower half is compared."""

X32_FROM = 0x40000000
"""x86-64 kernels may offer a second set of the same calls from this number on."""

NETWORK = {
    "x86_64": (41, 42, 43, 44, 46, 49, 50, 53, 288, 307),
    "aarch64": (198, 199, 200, 201, 202, 203, 206, 211, 242, 269),
}
"""socket, socketpair, bind, listen, accept, accept4, connect, sendto, sendmsg, sendmmsg."""

OTHERS = {
    "x86_64": (101, 129, 297, 200, 310, 311, 424, 434, 438, 64, 68, 29, 240),
    "aarch64": (117, 138, 240, 130, 270, 271, 424, 434, 438, 190, 186, 194, 180),
}
"""ptrace, rt_sigqueueinfo, rt_tgsigqueueinfo, tkill, process_vm_readv and _writev, pidfd_send_signal, pidfd_open,
pidfd_getfd, and the ways to make semaphores, queues and memory that others share."""

DEEPER = {
    "x86_64": (155, 161, 165, 166, 175, 176, 246, 248, 249, 250, 272, 298, 304, 308, 313, 321, 323, 425, 426, 427),
    "aarch64": (41, 51, 40, 39, 105, 106, 104, 217, 218, 219, 97, 241, 265, 268, 273, 280, 282, 425, 426, 427),
}
"""pivot_root, chroot, mount, umount, modules, kexec, keys, unshare, perf, open_by_handle, setns, bpf, userfaultfd, io_uring."""

PROGRAMS = {"x86_64": (57, 58, 59, 322, 62), "aarch64": (221, 281, 129)}
"""fork, vfork, execve, execveat, kill: what running a program takes."""

OWN_PROCESS_ONLY = {"x86_64": ((234, None), (302, 0)), "aarch64": ((131, None), (261, 0))}
"""tgkill and prlimit64 are needed on oneself: the first argument must be the own process (None), or 0."""

CLONE, CLONE_THREAD = {"x86_64": 56, "aarch64": 220}, 0x00010000
"""Starts threads, which are needed, and processes, which are not."""

CLONE3 = 435
NO_SUCH_CALL = 0x00050026
"""SECCOMP_RET_ERRNO with ENOSYS: the C library then falls back to clone."""


@dataclass(frozen=True, slots=True)
class _Line:
    code: int
    on_true: int
    on_false: int
    value: int


class _Filter(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("len", ctypes.c_uint16), ("filter", ctypes.POINTER(_Filter)))


def refuse_dangerous_calls(libc: ctypes.CDLL, *, programs: bool) -> bool:
    """Load the filter for this process and all it starts; needs PR_SET_NO_NEW_PRIVS.

    Args:
        libc: the C library.
        programs: leave the process able to run programs.

    Returns:
        Whether the kernel took it.
    """
    machine = platform.machine()
    if machine not in AUDIT_ARCH:
        return False
    lines = _lines(machine, programs=programs)
    filters = (_Filter * len(lines))(*(_Filter(line.code, line.on_true, line.on_false, line.value) for line in lines))
    program = _Program(len(lines), filters)
    return bool(
        libc.syscall(SECCOMP_CALL[machine], SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, ctypes.byref(program))
        == 0
    )


def _lines(machine: str, *, programs: bool) -> list[_Line]:
    lines = [
        _Line(LOAD_WORD, 0, 0, MACHINE_AT),
        _Line(JUMP_EQUAL, 1, 0, AUDIT_ARCH[machine]),
        _Line(RETURN, 0, 0, REFUSE),
        _Line(LOAD_WORD, 0, 0, NUMBER_AT),
    ]
    if machine == "x86_64":
        lines += [_Line(JUMP_AT_LEAST, 0, 1, X32_FROM), _Line(RETURN, 0, 0, REFUSE)]
    refused = set(NETWORK[machine] + OTHERS[machine] + DEEPER[machine])
    if not programs:
        refused |= set(PROGRAMS[machine])
    for number in sorted(refused):
        lines += [_Line(JUMP_EQUAL, 0, 1, number), _Line(RETURN, 0, 0, REFUSE)]
    lines += [_Line(JUMP_EQUAL, 0, 1, CLONE3), _Line(RETURN, 0, 0, NO_SUCH_CALL)]
    for number, first in OWN_PROCESS_ONLY[machine]:
        own = os.getpid() if first is None else first
        lines += [
            _Line(JUMP_EQUAL, 0, 4, number),
            _Line(LOAD_WORD, 0, 0, FIRST_ARGUMENT_AT),
            _Line(JUMP_EQUAL, 1, 0, own),
            _Line(RETURN, 0, 0, REFUSE),
            _Line(RETURN, 0, 0, ALLOW),
        ]
    if not programs:
        lines += [
            _Line(JUMP_EQUAL, 0, 4, CLONE[machine]),
            _Line(LOAD_WORD, 0, 0, FIRST_ARGUMENT_AT),
            _Line(JUMP_ANY_BIT, 1, 0, CLONE_THREAD),
            _Line(RETURN, 0, 0, REFUSE),
            _Line(RETURN, 0, 0, ALLOW),
        ]
    return [*lines, _Line(RETURN, 0, 0, ALLOW)]
