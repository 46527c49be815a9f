"""Fetches the files of other projects that we serve, and holds them to gateway/console/vendor/VENDOR.toml: `make vendor`.

They come by tarball and not by `npm install`, which would run what packages want to run. Nothing is changed in them.
"""

import base64
import hashlib
import io
import sys
import tarfile
import tomllib
import urllib.request
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[1] / "gateway" / "console" / "vendor"
DOWNLOAD_SECONDS = 300


def main() -> int:
    """Write each package's files anew; 1 where the tarball or a file is not the one that was taken in."""
    wrong = []
    for package in tomllib.loads((VENDOR / "VENDOR.toml").read_text())["package"]:
        with urllib.request.urlopen(package["tarball"], timeout=DOWNLOAD_SECONDS) as answer:  # noqa: S310 an address of our own
            packed = answer.read()
        if base64.b64encode(hashlib.sha512(packed).digest()).decode() != package["sha512"]:
            wrong.append(package["tarball"])
            continue
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            for name, digest in package["files"].items():
                member = archive.extractfile(f"package/{name}")
                body = b"" if member is None else member.read()
                if hashlib.sha256(body).hexdigest() != digest:
                    wrong.append(f"{package['name']}/{name}")
                    continue
                (VENDOR / package["name"]).mkdir(exist_ok=True)
                (VENDOR / package["name"] / name).write_bytes(body)
    for one in wrong:
        sys.stderr.write(f"not what VENDOR.toml says: {one}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
