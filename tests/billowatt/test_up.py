"""`billowatt up`: the ready file, the secrets, one owner a data folder."""

import asyncio
import os
import re
import stat
import sys

import aiohttp
import grpc
import pytest

from bench.installation import Up, eventually
from billowatt.secrets import load_secrets, write_owner_only
from protos.ingest.v1 import ingest_pb2, ingest_pb2_grpc


@pytest.fixture
async def up(tmp_path):
    tmp_path.chmod(0o755)
    running = await Up.start(tmp_path / "data")
    yield running
    await running.stop()


async def test_ready_file_tells_where_and_how_and_is_its_owners_alone(up):
    ready = up.ready
    mode = stat.S_IMODE((up.data / "billowatt.json").stat().st_mode)

    async with aiohttp.ClientSession() as session, session.get(f"{ready['url']}/readyz") as response:
        answered = response.status
    async with grpc.aio.insecure_channel(ready["grpc"]) as channel:
        listed = await ingest_pb2_grpc.IngestStub(channel).ListProjects(
            ingest_pb2.ListProjectsRequest(), metadata=(("authorization", f"Bearer {ready['api_key']}"),), timeout=10
        )

    assert (mode, answered, list(listed.projects)) == (0o600, 200, [])
    assert set(ready) == {"url", "grpc", "tenant_id", "api_key"}


async def test_printed_address_opens_the_console_once(up):
    async def printed():
        return re.search(r"console +(http://\S+/console/sign-in\?once=\S+)", up.log.read_text())

    address = (await eventually(printed)).group(1)
    opened = []
    for _ in range(2):
        async with aiohttp.ClientSession() as session, session.get(address, allow_redirects=False) as response:
            opened.append((response.status, "billowatt_session" in response.cookies))

    assert opened == [(303, True), (401, False)]


async def test_second_start_on_one_data_folder_is_refused_and_disturbs_nothing(up):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "billowatt", "up", "--data", str(up.data), "--port", "0",
        env={"PATH": os.environ["PATH"]}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, errors = await asyncio.wait_for(process.communicate(), 60)

    assert process.returncode not in (0, None)
    assert b"Traceback" not in errors
    async with up.partner() as partner:
        assert await partner.project()


async def test_stop_ends_cleanly_and_takes_the_ready_file_away(tmp_path):
    tmp_path.chmod(0o755)
    up = await Up.start(tmp_path / "data")
    assert await up.stop() == 0
    assert not (up.data / "billowatt.json").exists()


async def test_long_data_path_still_gets_its_sockets(tmp_path):
    tmp_path.chmod(0o755)
    deep = tmp_path / ("a" * 60) / ("b" * 60)
    deep.mkdir(parents=True)
    up = await Up.start(deep / "data")
    try:
        async with up.partner() as partner:
            assert await partner.project()
    finally:
        assert await up.stop() == 0


def test_secrets_are_made_once(tmp_path):
    first = load_secrets(tmp_path)
    assert load_secrets(tmp_path) == first
    assert len(first.secret) >= 32


def test_owner_only_file_is_never_readable_by_others(tmp_path):
    path = tmp_path / "file"
    path.write_text("older, open to all")
    path.chmod(0o644)
    write_owner_only(path, "secret")
    assert (stat.S_IMODE(path.stat().st_mode), path.read_text()) == (0o600, "secret\n")
