"""The contracts: stubs are fresh, buf finds nothing to say, every method and field is explained."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROTOS = sorted((ROOT / "protos").glob("*/v1/*.proto"))
PLUGINS = Path(sys.executable).parent


def _generate(into: Path) -> None:
    command = [
        sys.executable, "-m", "grpc_tools.protoc", "-I.", f"--python_out={into}", f"--grpc_python_out={into}",
        f"--mypy_out={into}", f"--mypy_grpc_out={into}",
        f"--plugin=protoc-gen-mypy={PLUGINS / 'protoc-gen-mypy'}",
        f"--plugin=protoc-gen-mypy_grpc={PLUGINS / 'protoc-gen-mypy_grpc'}",
        *(path.relative_to(ROOT).as_posix() for path in PROTOS),
    ]  # fmt: skip
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)


def test_committed_stubs_are_what_the_contracts_generate(tmp_path):
    _generate(tmp_path)

    fresh = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*_pb2*")}
    committed = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in (ROOT / "protos").rglob("*_pb2*")
        if "__pycache__" not in path.parts
    }

    assert sorted(fresh) == sorted(committed)
    assert [name for name, text in fresh.items() if committed[name] != text] == []


def test_buf_lint_finds_nothing():
    buf = shutil.which("buf", path=str(PLUGINS))
    assert buf, "buf comes with the development requirements"
    done = subprocess.run([buf, "lint"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_contracts_break_nothing_that_was_published():
    buf = shutil.which("buf", path=str(PLUGINS))
    image = ROOT / "protos" / "published.binpb"
    assert buf
    done = subprocess.run(
        [buf, "breaking", "--against", str(image)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_every_method_is_explained():
    silent = []
    for path in PROTOS:
        lines = path.read_text().splitlines()
        for number, line in enumerate(lines):
            if re.match(r"\s+rpc ", line) and not lines[number - 1].strip().startswith("//"):
                silent.append(f"{path.name}:{number + 1}")
    assert silent == []
