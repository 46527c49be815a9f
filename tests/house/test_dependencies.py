"""Dependencies are locked, explained and free: no hash missing, no index named, no licence we may not ship."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
FORBIDDEN = re.compile(r"\b(AGPL|GPL|Affero|GNU General Public)", re.IGNORECASE)
LESSER = re.compile(r"\b(LGPL|Lesser)", re.IGNORECASE)


def _required() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    return {re.split(r"[\[><=;~ ]", line)[0] for line in lines}


def _locked(lock: str) -> list[str]:
    return re.findall(r"^([a-z0-9-]+)==", (ROOT / lock).read_text(), re.MULTILINE)


def test_every_dependency_has_its_reason_written_down():
    page = (ROOT / "docs" / "decisions" / "0002-dependencies.md").read_text()
    assert set(re.findall(r"^\| ([a-z][a-z0-9-]*) \|", page, re.MULTILINE)) == _required()


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_every_requirement_with_a_hash_and_names_no_index(lock):
    text = (ROOT / lock).read_text()
    blocks = re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.MULTILINE)[1:]
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert re.findall(r"https?://|index-url|find-links", text) == []


def test_lock_for_running_is_part_of_the_lock_for_tests():
    runs, tests = ((ROOT / lock).read_text() for lock in LOCKS)
    pins = re.compile(r"^([a-z0-9-]+==\S+)", re.MULTILINE)
    assert set(pins.findall(runs)) <= set(pins.findall(tests))


def test_stubs_and_library_of_grpc_have_one_version():
    versions = dict(re.findall(r"^(grpcio[a-z-]*)==(\S+)", (ROOT / LOCKS[1]).read_text(), re.MULTILINE))
    assert len(set(versions.values())) == 1, versions


def test_no_dependency_has_a_licence_that_we_may_not_ship():
    wrong = []
    for name in sorted(set(_locked(LOCKS[1]))):
        try:
            metadata = dict(importlib.metadata.metadata(name).json)
        except importlib.metadata.PackageNotFoundError:
            continue  # for another platform
        said = [str(metadata.get("license_expression", "")), str(metadata.get("license", "")).split("\n")[0]]
        said += [line for line in metadata.get("classifier", []) if line.startswith("License")]
        wrong += [f"{name}: {one}" for one in said if FORBIDDEN.search(one) and not LESSER.search(one)]
    assert wrong == []
