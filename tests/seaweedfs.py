"""A real S3 server for tests: SeaweedFS from its wheel, on loopback, shared by every worker of a test run.

Whoever needs the server holds a shared lock on a file; the first one starts it. Beside the server runs a keeper, this
module as a program, which waits for that lock alone: the kernel gives it when the last test process has ended, in
whatever way, and then the keeper kills the server and leaves. So no teardown can be missed.

A clean server per folder: a test takes a bucket of its own instead of emptying a shared one.
"""

import contextlib
import fcntl
import json
import os
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

READY_SECONDS_MAX = 30
KEEPER_SECONDS_MAX = 600
STARTS_MAX = 4
PORTS_FROM, PORTS_TO = 20_000, 29_000
ADMIN_GRPC_OFFSET = 10_000
"""The server takes this port beside the admin port by itself; all stay clear of the kernel's own range mostly."""


@dataclass(frozen=True, slots=True)
class S3Server:
    """Where the server listens, and the keys of its one administrator."""

    endpoint: str
    access_key: str
    secret_key: str

    def objects_url(self, bucket: str) -> str:
        """The URL under which ``runtime.objects.open_store`` opens a bucket, download links included."""
        return f"s3://{bucket}?endpoint={self.endpoint}&public_endpoint={self.endpoint}"


@contextlib.contextmanager
def shared_seaweedfs(folder: Path) -> Iterator[S3Server]:
    """Give the server that lives in ``folder``, starting it when nobody uses it yet."""
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / "server.json"
    keeper: subprocess.Popen[bytes] | None = None
    with (folder / "users.lock").open("w") as users:
        with (folder / "start.lock").open("w") as start:
            fcntl.flock(start, fcntl.LOCK_EX)
            fcntl.flock(users, fcntl.LOCK_SH)  # waits while a keeper is leaving
            if not note.exists():
                keeper = subprocess.Popen(
                    [sys.executable, __file__, folder], stdout=subprocess.PIPE, start_new_session=True
                )
                assert keeper.stdout is not None
                with keeper.stdout as told:
                    assert told.readline() == b"ready\n", (folder / "server.log").read_text()[-2000:]
            server = S3Server(**json.loads(note.read_text()))
        yield server
    if keeper is not None:
        # Other workers may still use the server; their run ends when ours does.
        keeper.wait(KEEPER_SECONDS_MAX)


def _keep(folder: Path) -> None:
    """Start the server, tell the caller, and kill it when nobody holds the lock any more."""
    for _ in range(STARTS_MAX):
        ports = _free_ports()
        running = _start(folder, folder / "data", ports)
        if _ready(running, ports["s3"]):
            break
        _stop(running, ports)
    else:
        sys.exit("SeaweedFS did not start")
    note = folder / "server.json"
    note.write_text(json.dumps(asdict(S3Server(f"http://127.0.0.1:{ports['s3']}", "billowatt", "billowatt-tests"))))
    os.write(sys.stdout.fileno(), b"ready\n")
    with (folder / "users.lock").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_EX)
        note.unlink()
        _stop(running, ports)


def _start(folder: Path, data: Path, ports: dict[str, int]) -> "subprocess.Popen[bytes]":
    data.mkdir(exist_ok=True)
    arguments = ["-logtostderr=true", "mini", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
    arguments += [
        "-master.telemetry=false",
        "-webdav=false",
        "-admin.ui=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
    ]
    arguments += [f"-{role}.port={ports[role]}" for role in ("master", "volume", "filer", "s3", "admin")]
    arguments += [f"-{role}.port.grpc={ports[role + '.grpc']}" for role in ("master", "volume", "filer", "s3")]
    arguments += [f"-filer.localSocket={folder}/filer.sock", f"-s3.localSocket={folder}/s3.sock"]
    weed = Path(sys.executable).with_name("weed")
    keys = {"AWS_ACCESS_KEY_ID": "billowatt", "AWS_SECRET_ACCESS_KEY": "billowatt-tests"}
    with (folder / "server.log").open("ab") as log:
        return subprocess.Popen(
            [weed, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            env={"HOME": str(folder), "TMPDIR": str(folder), **keys},
            start_new_session=True,
        )


def _ready(running: "subprocess.Popen[bytes]", s3_port: int) -> bool:
    give_up_at = time.monotonic() + READY_SECONDS_MAX
    while running.poll() is None and time.monotonic() < give_up_at:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{s3_port}/", timeout=2)
        except urllib.error.HTTPError as answered:
            answered.close()
            return answered.code == 403  # without a signature: keys are in force
        except OSError:
            time.sleep(0.05)
    return False


def _stop(running: "subprocess.Popen[bytes]", ports: dict[str, int]) -> None:
    running.kill()
    running.wait()
    # The server names these after its gRPC ports; one left over keeps a later server with the same port from starting.
    for role in ("master", "volume", "filer", "s3", "admin"):
        port = ports.get(f"{role}.grpc", ports[role] + ADMIN_GRPC_OFFSET)
        Path(f"/tmp/seaweedfs-{role}-grpc-{port}.sock").unlink(missing_ok=True)


def _free_ports() -> dict[str, int]:
    """Return one port a listener, all free a moment ago."""
    names = ("master", "master.grpc", "volume", "volume.grpc", "filer", "filer.grpc", "s3", "s3.grpc", "admin")
    while True:
        base = random.randrange(PORTS_FROM, PORTS_TO)
        ports = {name: base + offset for offset, name in enumerate(names)}
        if all(map(_is_free, [*ports.values(), ports["admin"] + ADMIN_GRPC_OFFSET])):
            return ports


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


if __name__ == "__main__":
    _keep(Path(sys.argv[1]))
