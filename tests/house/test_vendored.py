"""Files of other projects lie here as they came, each with its licence, none more than is listed."""

import hashlib
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "gateway" / "console" / "vendor"
PACKAGES = tomllib.loads((VENDOR / "VENDOR.toml").read_text())["package"]
MAY_BE_SHIPPED = {"Apache-2.0", "MIT", "BSD-3-Clause", "ISC"}


def test_vendored_files_are_those_that_were_taken_in():
    for package in PACKAGES:
        folder = VENDOR / package["name"]
        found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
        assert found == package["files"], package["name"]
    assert {path.name for path in VENDOR.iterdir()} == {"VENDOR.toml", *(package["name"] for package in PACKAGES)}


def test_vendored_files_bring_licences_that_let_us_ship_them():
    notice = (ROOT / "NOTICE").read_text()
    for package in PACKAGES:
        assert package["licence"] in MAY_BE_SHIPPED
        assert set(package["licence_files"]) <= set(package["files"])
        assert f"gateway/console/vendor/{package['name']}" in " ".join(notice.split())
