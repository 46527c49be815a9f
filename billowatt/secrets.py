"""The secrets of a data folder: made once, kept in one file that only its owner can read.

``secrets.json`` outlives restarts; ``billowatt.json`` says where a running Billowatt answers, and is there only while it does.
"""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

READY_FILE = "billowatt.json"
LOCK_FILE = "lock"
OWNER_ONLY = 0o600
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Secrets:
    """What signs tokens and links, and the first tenant's id and key (empty until they are made)."""

    secret: str
    tenant_id: str = ""
    api_key: str = ""


def load_secrets(data: Path) -> Secrets:
    """Return the data folder's secrets, made now if there are none."""
    path = data / "secrets.json"
    if path.exists():
        return Secrets(**json.loads(path.read_text()))
    fresh = Secrets(secret=secrets.token_urlsafe(SECRET_BYTES))
    save_secrets(data, fresh)
    return fresh


def save_secrets(data: Path, values: Secrets) -> None:
    """Keep the secrets of a data folder."""
    write_owner_only(data / "secrets.json", json.dumps(asdict(values), indent=1))


def write_owner_only(path: Path, text: str) -> None:
    """Write a file whole or not at all, durable, readable by its owner only from its first moment."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
