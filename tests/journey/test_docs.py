"""What the documentation shows is run: the gRPC client, the demo, the curl lines of the README."""

import asyncio
import os
import re
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from standardwebhooks import Webhook

from bench.installation import eventually
from bench.partner import EVENT
from gateway.webhooks.sign import new_secret, secret_text

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _run(*command: str, seconds: float = 100, **environment: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": "/nonexistent", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), seconds)
    assert process.returncode == 0, output.decode()
    return output.decode()


def _code(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)


async def test_grpc_client_of_the_docs_uploads_follows_and_reads(up, tmp_path):
    (client,) = _code("docs/grpc.md", "python")
    script = tmp_path / "client.py"
    script.write_text(client)
    sample = ROOT / "billowatt" / "sample" / "sample-bill.pdf"

    output = await _run(sys.executable, str(script), str(up.data), str(sample), PYTHONPATH=str(ROOT))

    assert re.search(r"completed success at position \d+", output)
    assert re.search(r"annual energy \d+\.\d{4} kWh", output)


async def test_receiver_of_the_docs_takes_what_is_signed_and_nothing_else(up, tmp_path):
    (receiver,) = _code("docs/webhooks.md", "python")
    script = tmp_path / "receiver.py"
    script.write_text(receiver)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/webhooks"
    async with up.partner() as partner, aiohttp.ClientSession() as stranger:
        endpoint = await partner.ask("POST", "/v1/webhook_endpoints", json={"url": url, "events": [EVENT]})
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(script), endpoint["secret"], str(port), stdout=asyncio.subprocess.PIPE
        )
        try:
            await eventually(lambda: _answers(stranger, url))
            async with stranger.post(url, data=b"{}", headers={"webhook-id": "x"}) as response:
                refused = response.status
            project = await partner.project()
            await partner.upload(project, b"%PDF-1.7 and no more")
            assert process.stdout
            line = await asyncio.wait_for(process.stdout.readline(), 60)
        finally:
            process.kill()
            await process.wait()
            await partner.ask("DELETE", f"/v1/webhook_endpoints/{endpoint['webhook_endpoint_id']}")

    assert refused == 401
    assert line.decode().split() == [EVENT, "failed"]


async def _answers(session, url):
    try:
        async with session.get(url):
            return True
    except aiohttp.ClientConnectionError:
        return False


async def test_demo_shows_reading_webhook_and_twelve_months(up):
    output = await _run(sys.executable, "-m", "billowatt", "demo", "--data", str(up.data))

    assert '"status": "succeeded"' in output
    for month in ("Jan", "Jun", "Dec"):
        assert re.search(rf"^{month}  ", output, re.MULTILINE)


async def test_curl_lines_of_the_readme_work(up, tmp_path):
    block = next(code for code in _code("README.md", "sh") if "curl" in code)
    sample = (ROOT / "billowatt" / "sample" / "sample-bill.pdf").read_bytes()
    (tmp_path / "bill.pdf").write_bytes(sample)
    script = block.replace("data/billowatt.json", str(up.data / "billowatt.json")).replace(
        "bill.pdf", str(tmp_path / "bill.pdf"), 1
    )

    output = await _run("bash", "-euc", script)

    assert '"utility_bill_id"' in output
    assert '"annual_energy_kwh"' in output


async def test_read_tells_people_and_programs_what_it_read():
    sample = str(ROOT / "billowatt" / "sample" / "sample-bill.pdf")
    shown = await _run(sys.executable, "-m", "billowatt", "read", sample)
    told = await _run(sys.executable, "-m", "billowatt", "read", "--json", sample)

    assert "proved" in shown
    assert '"summary"' in told


async def test_examples_of_the_clients_readme_run_against_a_fresh_server(up, tmp_path):
    blocking, awaiting, _ = _code("clients/python/README.md", "python")
    sample = str(ROOT / "billowatt" / "sample" / "sample-bill.pdf")
    where = up.ready["url"], up.ready["api_key"]
    for name, code in (("blocking.py", blocking), ("awaiting.py", awaiting)):
        (tmp_path / name).write_text(code)

    first = await _run(sys.executable, str(tmp_path / "blocking.py"), *where, sample)
    second = await _run(sys.executable, str(tmp_path / "awaiting.py"), *where, sample, sample)

    assert re.search(r"^Example Valley Power & Light [0-9.]+ kWh$", first, re.MULTILINE)
    assert re.findall(r"^(\d+) [0-9.]+ billed|^(\d+) [0-9.]+ history_table", first, re.MULTILINE)
    assert second.splitlines() == ["sample-bill.pdf succeeded"] * 2


async def test_webhook_receiver_of_the_clients_readme_tells_true_from_false(capsys):
    *_, receiver = _code("clients/python/README.md", "python")
    scope: dict[str, Any] = {}
    exec(receiver, scope)
    secret, body = (
        secret_text(new_secret()),
        b'{"type": "t", "timestamp": "2026-03-02T09:00:00Z", "data": {"status": "failed"}}',
    )
    now = datetime.now(UTC)
    headers = {"webhook-id": "evt-1", "webhook-timestamp": str(int(now.timestamp()))}
    headers["webhook-signature"] = Webhook(secret).sign("evt-1", now, body.decode())

    assert scope["receive"](secret, headers, body) == 204
    assert scope["receive"](secret, headers, body + b" ") == 401
    assert capsys.readouterr().out == "evt-1 t failed\n"
