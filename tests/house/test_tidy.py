"""The habits of the house that a machine can check: sizes, opening docstrings, words that say nothing, leftovers."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("domain", "runtime", "services", "gateway", "billowatt", "clients", "bench", "tests")
PRODUCT = ("domain", "runtime", "services", "gateway", "billowatt", "clients")
MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
FOLDER_MODULES_MAX = 12
EMPTY_WORDS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"}
LEFTOVERS = re.compile(r"\b(FIXME|XXX|HACK|breakpoint\(\)|pdb)\b")


def _modules(folders: tuple[str, ...] = FOLDERS) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def _named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_module_stays_short_enough_to_read():
    long = {_named(path): len(path.read_text().splitlines()) for path in _modules()}
    assert {name: lines for name, lines in long.items() if lines > MODULE_LINES_MAX} == {}


def test_function_stays_short_enough_to_hold_in_mind():
    long = {}
    for path in _modules(PRODUCT):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    long[f"{_named(path)}:{node.name}"] = lines
    assert long == {}


def test_folder_holds_no_more_modules_than_a_glance_takes_in():
    folders = {path.parent for path in _modules(PRODUCT)}
    crowded = {_named(folder): len(list(folder.glob("*.py"))) for folder in folders}
    assert {name: count for name, count in crowded.items() if count > FOLDER_MODULES_MAX} == {}


def test_module_opens_with_a_docstring_that_says_why():
    silent = [
        _named(path)
        for path in _modules()
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_names_say_what_a_thing_is():
    empty = [_named(path) for path in _modules() if EMPTY_WORDS & set(re.split(r"[_.]", path.stem))]
    empty += [_named(folder) for folder in {path.parent for path in _modules()} if folder.name in EMPTY_WORDS]
    assert empty == []


def test_no_leftovers_stand_in_the_code():
    found = [
        f"{_named(path)}:{number}"
        for path in _modules()
        if path != Path(__file__)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if LEFTOVERS.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("room", ["ingest", "parser", "profile"])
def test_service_rooms_use_the_same_file_names(room):
    files = {path.name for path in (ROOT / "services" / room).iterdir()}
    expected = {"__init__.py", "service.py", "servicer.py"} | (set() if room == "parser" else {"store.py", "schema"})
    assert expected <= files


def test_grpc_clients_pass_iterators_and_never_write():
    """A client that writes sees INTERNAL where the server refused mid-stream; one that passes an iterator sees the truth."""
    found = [
        f"{_named(path)}:{node.lineno}"
        for path in _modules(PRODUCT)
        if re.search(r"^import grpc|_pb2_grpc", path.read_text(), re.MULTILINE)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Await)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and node.value.func.attr in {"write", "done_writing"}
        # What answers HTTP has a writer of its own.
        and not (isinstance(node.value.func.value, ast.Attribute) and node.value.func.value.attr == "writer")
    ]
    assert found == []


def test_sql_migrations_are_numbered_and_say_when_they_run():
    wrong = [
        _named(path)
        for path in ROOT.glob("**/schema/*.sql")
        if ".venv" not in path.parts and not re.fullmatch(r"\d{4}_[a-z0-9_]+_(pre|post)\.sql", path.name)
    ]
    assert wrong == []
