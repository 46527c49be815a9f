"""``billowatt doctor``: it finds what is broken, changes nothing, runs with nothing running, and gives no secret away."""

import json
import socket
import tarfile

import pytest

from billowatt.doctor import engines, machine, running, stores
from billowatt.doctor.check import Check, State, fail
from billowatt.doctor.examine import examine
from billowatt.exits import Exit
from runtime.settings import Settings
from tests.billowatt.shell import run

SECRET = "a secret of this test, long enough"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What the doctor says of this machine, with an archive, once for all that look at it."""
    folder = tmp_path_factory.mktemp("doctor")
    done = run(
        "doctor", "--json", "--data", folder / "data", "--bundle", folder / "report.tar.gz",
        BILLOWATT_SECRET=SECRET,
        BILLOWATT_DATABASE_URL="postgresql://robin:hunter2-hunter2@127.0.0.1:9/bills?sslkey=ab12cd34",
        BILLOWATT_S3_SECRET_KEY="s3-secret-of-this-test",
    )  # fmt: skip
    return done, folder


def test_doctor_needs_nothing_running_and_says_of_each_check_what_mends_it(told):
    done, folder = told
    checks = {one["check"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert {
        "versions", "engines", "weights", "sandbox", "reading", "data folder", "disk", "memory", "open files",
        "shared memory", "database", "object store", "port", "service", "names",
    } <= set(checks)  # fmt: skip
    for check in checks.values():
        assert check["state"] in ("ok", "warn", "fail")
        assert check["sentence"]
        assert (check["fix"] is None) == (check["state"] == "ok")
    for name in ("engines", "weights", "reading", "data folder", "object store", "service"):
        assert checks[name]["state"] == "ok", checks[name]
    assert not (folder / "data").exists()


def test_doctor_ends_with_one_where_a_check_fails(told):
    done, _ = told
    failed = [one["check"] for one in map(json.loads, done.stdout.splitlines()) if one["state"] == "fail"]
    assert "database" in failed
    assert done.returncode == Exit.FAILED


def _text(archive, entry):
    held = archive.extractfile(entry)
    assert held
    return held.read().decode()


def test_archive_holds_what_helps_and_no_secret(told):
    _, folder = told
    with tarfile.open(folder / "report.tar.gz") as archive:
        held = {one.name.rpartition("/")[2]: _text(archive, one) for one in archive.getmembers()}
    assert set(held) == {"checks.json", "settings.json", "packages.txt", "system.json"}
    whole = "".join(held.values())
    for secret in (SECRET, "hunter2-hunter2", "robin", "ab12cd34", "s3-secret-of-this-test"):
        assert secret not in whole
    settings = json.loads(held["settings.json"])
    assert (settings["BILLOWATT_SECRET"], settings["BILLOWATT_API_KEY"]) == ("set", "not set")
    assert any(line.startswith("grpcio==") for line in held["packages.txt"].splitlines())


def test_settings_that_cannot_be_used_are_a_failed_check_and_the_others_are_made_all_the_same(monkeypatch):
    from billowatt.command import run as run_here

    async def little(settings, tell):
        return []

    monkeypatch.setattr("billowatt.doctor.examine.examine", little)
    monkeypatch.setenv("BILLOWATT_SLOTS", "2")
    assert run_here(["doctor", "-q"]) == Exit.FAILED


def test_folder_that_cannot_be_written_to_fails(tmp_path):
    (tmp_path / "file").write_text("")
    check = machine.data_folder(Settings(data=tmp_path / "file"))
    assert check.state is State.FAIL
    assert check.fix


def test_port_that_another_has_fails_and_says_how_to_take_another():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        check = machine.port(Settings(http_listen=f"127.0.0.1:{taken.getsockname()[1]}"))
    assert check.state is State.FAIL
    assert "--port" in check.fix


def test_little_room_on_the_disk_warns_and_none_fails(monkeypatch, tmp_path):
    for free, state in ((100, State.FAIL), (2 * 1024**3, State.WARN), (100 * 1024**3, State.OK)):
        usage = type("Usage", (), {"free": free, "total": free})
        monkeypatch.setattr("billowatt.doctor.machine.shutil.disk_usage", lambda _, usage=usage: usage)
        assert machine.disk(Settings(data=tmp_path)).state is state


def test_weights_that_were_changed_are_found(monkeypatch, tmp_path):
    class Changed:
        name, hash = "det.onnx", type("Hash", (), {"mode": "sha256", "value": "AAAA"})

        def locate(self):
            path = tmp_path / "det.onnx"
            path.write_bytes(b"other weights")
            return path

    monkeypatch.setattr("billowatt.doctor.engines.distribution", lambda _: type("D", (), {"files": [Changed()]}))
    check = engines.weights()
    assert (check.state, "det.onnx" in check.sentence) == (State.FAIL, True)


async def test_database_is_judged_by_version_room_schema_and_clock(database_url, empty_database_url, monkeypatch):
    whole = {one.name: one for one in await stores.database(Settings(database_url=database_url))}
    bare = {one.name: one for one in await stores.database(Settings(database_url=empty_database_url))}
    assert {name: one.state for name, one in whole.items()} == dict.fromkeys(
        ("database", "connections", "clock", "schema"), State.OK
    )
    assert (bare["schema"].state, bare["schema"].fix) == (State.FAIL, "billowatt migrate")
    monkeypatch.setattr("billowatt.doctor.stores.SKEW_SECONDS_MAX", -1.0)
    monkeypatch.setattr("billowatt.doctor.stores.SERVER_VERSION_MIN", 990000)
    judged = {one.name: one.state for one in await stores.database(Settings(database_url=database_url))}
    assert (judged["clock"], judged["database"]) == (State.FAIL, State.FAIL)


async def test_store_gives_back_what_it_was_given_and_keeps_nothing(tmp_path):
    (tmp_path / "objects").mkdir()
    check = await stores.objects(Settings(objects_url=(tmp_path / "objects").as_uri()))
    assert (check.state, "gave back" in check.sentence) == (State.OK, True)
    assert [one for one in (tmp_path / "objects").rglob("*") if one.is_file() and len(one.name) == 64] == []


async def test_store_that_is_not_there_yet_is_not_made(tmp_path):
    check = await stores.objects(Settings(objects_url=(tmp_path / "objects").as_uri()))
    assert (check.state, (tmp_path / "objects").exists()) == (State.OK, False)


async def test_store_that_is_away_fails(tmp_path):
    (tmp_path / "file").write_text("")
    assert (await stores.objects(Settings(objects_url=(tmp_path / "file").as_uri()))).state is State.FAIL


def test_service_that_does_not_answer_fails_and_none_is_no_fault(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    assert running.server(Settings(url=url)).state is State.FAIL
    assert running.server(Settings(data=tmp_path)).state is State.OK


async def test_check_that_breaks_or_hangs_is_a_failed_check_and_no_end_of_the_others(monkeypatch):
    import asyncio

    async def hang():
        await asyncio.Event().wait()

    def checks(_settings):
        yield "broken", lambda: 1 / 0
        yield "hanging", hang
        yield "last", lambda: fail("last", "reached", "nothing")

    monkeypatch.setattr("billowatt.doctor.examine._checks", checks)
    monkeypatch.setattr("billowatt.doctor.examine.CHECK_SECONDS", 0.05)
    seen: list[Check] = []
    found = await examine(Settings(), seen.append)
    assert found == seen
    assert [one.name for one in found] == ["broken", "hanging", "last"]
    assert "ZeroDivisionError" in found[0].sentence
