"""A seccomp filter: what neither a program nor its tests need of the kernel is not there for them.

Namespaces and limits do not cover everything. Keyrings, vsock addresses, memory files and the buffers of sockets belong
to no namespace and count towards no limit. So the calls that lead there are refused. The zygote sets the filter once;
every process after it inherits it, and none can take it off. Refused calls fail with ENOSYS, as on a kernel without
them, so that libraries fall back on other ways.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import socket
import struct
from dataclasses import dataclass

from ttc.sandbox.inside import linux

LOAD, EQUAL, AT_LEAST, AND, RETURN = 0x20, 0x15, 0x35, 0x54, 0x06
ALLOW, KILL, FAIL = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
"""Places in what a filter sees of a call (struct seccomp_data)."""
OTHER_ABI = 0x40000000
"""On amd64 the calls from here on are those of x32, the same ones under other numbers."""
TYPE_MASK = 0xF
BUFFERS = (7, 8, 32, 33)
"""SO_SNDBUF, SO_RCVBUF and the two with FORCE."""
JOIN_SESSION_KEYRING = 1
Code = list[tuple[int, int, int, int]]

REFUSED = {
    # keys of the host; memory that no limit counts
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "semget": (64, 190),
    "msgget": (68, 186), "mq_open": (240, 180), "inotify_init": (253, None), "inotify_init1": (294, 26),
    "fanotify_init": (300, 262), "io_setup": (206, 0),
    # ways into the kernel that no program of a test needs
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "modify_ldt": (154, None), "uselib": (134, None),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "iopl": (172, None), "ioperm": (173, None), "lookup_dcookie": (212, 18),
    "nfsservctl": (180, 42), "quotactl": (179, 60), "quotactl_fd": (443, 443), "acct": (163, 89),
    "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142), "syslog": (103, 116),
    # other processes and files, past their names
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
}  # fmt: skip
"""Calls and their numbers on amd64 and arm64."""
CHECKED = {"socket": (41, 198), "socketpair": (53, 199), "listen": (50, 201), "setsockopt": (54, 208)}
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""The column of the tables above, and the kernel's name for the architecture."""


@dataclass(frozen=True)
class Sockets:
    """Which sockets there are.

    `network` = those of the internet too, of any size. `listen` = a program may listen: only where the queue in front
    of `accept` is short, because what waits there holds memory without an open file.
    """

    network: bool
    listen: bool


def refuse(sockets: Sockets) -> None:
    """Set the filter for this process and all that it starts. OSError where that cannot be done."""
    column, architecture = _machine()
    # A login's session keyring goes first: even a hole in the filter would find an empty one.
    linux.system_call(REFUSED["keyctl"][column] or 0, JOIN_SESSION_KEYRING, 0)
    code = _program(column, architecture, sockets)
    packed = b"".join(struct.pack("=HBBI", *line) for line in code)
    text = ctypes.create_string_buffer(packed, len(packed))
    header = struct.pack("@HP", len(code), ctypes.addressof(text))
    block = ctypes.create_string_buffer(header, len(header))
    linux.prctl(linux.NO_NEW_PRIVILEGES, 1)
    linux.prctl(linux.SECCOMP, linux.SECCOMP_FILTER, ctypes.addressof(block))


def _machine() -> tuple[int, int]:
    name = platform.machine()
    if name not in MACHINES or struct.calcsize("P") != 8:
        known = " and ".join(MACHINES)
        raise OSError(errno.ENOSYS, f"the filter of system calls is for 64-bit {known}, not {name}")
    return MACHINES[name]


def _program(column: int, architecture: int, sockets: Sockets) -> Code:
    """The filter, in the kernel's instructions (operation, jump if true, jump if false, value)."""
    code: Code = [(LOAD, 0, 0, ARCHITECTURE), (EQUAL, 1, 0, architecture), (RETURN, 0, 0, KILL)]
    code += [(LOAD, 0, 0, NUMBER), (AT_LEAST, 0, 1, OTHER_ABI), (RETURN, 0, 0, FAIL | errno.ENOSYS)]
    bodies = {name: [(RETURN, 0, 0, FAIL | errno.ENOSYS)] for name in REFUSED}
    bodies |= {"socket": _families(sockets), "socketpair": _families(sockets)}
    if not sockets.listen:
        bodies["listen"] = [(RETURN, 0, 0, FAIL | errno.EOPNOTSUPP)]
    if not sockets.network:
        bodies["setsockopt"] = _buffers()
    for name, body in bodies.items():
        number = (REFUSED | CHECKED)[name][column]
        if number is not None:
            code += [(EQUAL, 0, len(body), number), *body]
    return [*code, (RETURN, 0, 0, ALLOW)]


def _families(sockets: Sockets) -> Code:
    """Local streams, and the list of interfaces. Elsewhere: whatever is no way to a host or hypervisor by itself."""
    refused, allowed = (RETURN, 0, 0, FAIL | errno.EAFNOSUPPORT), (RETURN, 0, 0, ALLOW)
    interfaces: Code = [(EQUAL, 0, 3, 16), _argument(2), (EQUAL, 0, 1, 0), allowed]
    if sockets.network:
        known = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6)
        return [_argument(0), *(line for family in known for line in _unless(family, allowed)), *interfaces, refused]
    streams: Code = [_argument(1), (AND, 0, 0, TYPE_MASK), *_unless(socket.SOCK_STREAM, allowed), refused]
    return [_argument(0), (EQUAL, 0, len(streams), int(socket.AF_UNIX)), *streams, *interfaces, refused]


def _buffers() -> Code:
    """A socket's buffers keep their size: such a wish succeeds without an effect, as one above the maximum does."""
    done = (RETURN, 0, 0, FAIL)
    sizes = [line for option in BUFFERS for line in _unless(option, done)]
    level = (EQUAL, 0, len(sizes) + 1, int(socket.SOL_SOCKET))
    return [_argument(1), level, _argument(2), *sizes, (RETURN, 0, 0, ALLOW)]


def _unless(value: int, then: tuple[int, int, int, int]) -> Code:
    return [(EQUAL, 0, 1, int(value)), then]


def _argument(index: int) -> tuple[int, int, int, int]:
    """Load the lower half of an argument (all that the kernel reads of these)."""
    return (LOAD, 0, 0, ARGUMENTS + 8 * index)
