"""Every shell block of the documentation is run, or named here with the reason; every command named in it can be called."""

import asyncio
import json
import os
import re
import shlex
import sys
import zipfile
from pathlib import Path

import click
import pytest

from billowatt.command import billowatt
from tests.billowatt.shell import ROOT, SAMPLE

beside_a_server = pytest.mark.asyncio(loop_scope="module")

PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("README.md", "CONTRIBUTING.md", "docs/**/*.md", "clients/python/README.md", "deploy/**/*.md")
    for path in ROOT.glob(pattern)
)

RUN_HERE = {
    ("README.md", ".venv/bin/billowatt read --sample"),
    ("README.md", ".venv/bin/billowatt upload billowatt/sample/sample-bill.pdf"),
    ("docs/dialects.md", "curl -sS -H"),
    ("docs/rest.md", "curl -sS -H"),
    ("docs/webhooks.md", "curl -sS -H"),
}
RUN_ELSEWHERE = {
    ("README.md", "make run"): "bench/first_minutes.py clones, runs and times it; what it starts serves every journey",
    ("README.md", "KEY=$(python3"): "tests/journey/test_docs.py::test_curl_lines_of_the_readme_work",
}
NOT_RUN = {
    ("deploy/kubernetes/README.md", "kubectl create namespace"): "needs a cluster; tests/deploy checks the manifests",
}


def _blocks():
    for page in PAGES:
        for block in re.findall(r"^ *```sh\n(.*?)^ *```", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE):
            yield page, block


def _block(page, start):
    found = [block for name, block in _blocks() if name == page and block.strip().startswith(start)]
    assert len(found) == 1, (page, start)
    return found[0]


async def _run(script, **more):
    process = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", script,
        cwd=ROOT,
        env={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": "/nonexistent", **more},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, errors = await asyncio.wait_for(process.communicate(), 100)
    assert process.returncode == 0, errors.decode()
    return output.decode()


def _as_installed(block):
    """Call the command of these tests where the page calls that of ``make setup``."""
    return block.replace(".venv/bin/billowatt", f"{shlex.quote(sys.executable)} -m billowatt")


def test_every_shell_block_is_run_or_named_with_its_reason():
    named = [*RUN_HERE, *RUN_ELSEWHERE, *NOT_RUN]
    unnamed = [
        (page, block.strip().splitlines()[0])
        for page, block in _blocks()
        if not any(page == name and block.strip().startswith(start) for name, start in named)
    ]
    assert unnamed == []
    for page, start in named:
        assert _block(page, start)


@beside_a_server
async def test_readme_reads_bills_without_a_server(tmp_path):
    block = _as_installed(_block("README.md", ".venv/bin/billowatt read")).replace(
        "seen.png", str(tmp_path / "seen.png")
    )
    output = await _run(block)
    assert "≠ 122.93 - 122.39 + 0 + 106.95 = 106.95" in output
    assert '"schema_version": 1' in output
    assert "amount_due = 122.93 USD" in output
    assert (tmp_path / "seen.png").stat().st_size > 10_000


@beside_a_server
async def test_readme_uploads_watches_shows_reviews_and_exports(up, tmp_path):
    async with up.partner() as partner:
        project = await partner.project()
        await partner.finished((await partner.upload(project, SAMPLE.read_bytes(), "mine.pdf"))["job_id"])
    block = _as_installed(_block("README.md", ".venv/bin/billowatt upload"))
    block = block.replace("PROJECT_ID", project).replace("bills.xlsx", str(tmp_path / "bills.xlsx"))
    output = await _run(block, BILLOWATT_DATA=str(up.data))
    assert "sample-bill.pdf  succeeded" in output
    assert "mine.pdf" in output
    assert re.search(r"^Jun  █", output, re.MULTILINE)
    assert (tmp_path / "bills.xlsx").read_bytes().startswith(b"PK")


@beside_a_server
async def test_archive_of_the_docs_is_taken(up, tmp_path):
    with zipfile.ZipFile(tmp_path / "march.zip", "w") as archive:
        archive.write(SAMPLE, "one.pdf")
        archive.write(SAMPLE, "two.pdf")
    async with up.partner() as partner:
        project = await partner.project()
    block = _block("docs/rest.md", "curl").replace("@march.zip", f"@{tmp_path / 'march.zip'}")
    assert json.loads(await _run(block, **_where(up), PROJECT=project))["accepted"] == 2


@beside_a_server
async def test_deliveries_of_the_docs_are_listed_and_sent_again(up):
    async with up.partner() as partner:
        endpoint = await partner.ask("POST", "/v1/webhook_endpoints", json={"url": "http://127.0.0.1:9/"})
        path = f"/v1/webhook_endpoints/{endpoint['webhook_endpoint_id']}"
        delivery = await partner.ask("POST", f"{path}/test")
        one = f"{path}/deliveries/{delivery['delivery_id']}"
        # While it is being attempted it is not sent again.
        async with asyncio.timeout(30):
            while not (await partner.ask("GET", one))["attempt_log"]:  # noqa: ASYNC110 the far end is a database
                await asyncio.sleep(0.1)
        where = {"ENDPOINT": endpoint["webhook_endpoint_id"], "DELIVERY": delivery["delivery_id"]}
        output = await _run(_block("docs/webhooks.md", "curl"), **_where(up), **where)
        await partner.ask("DELETE", path)
    listed, again, stretch = (
        json.JSONDecoder().raw_decode(one)[0] for one in re.split(r"(?<=\})\s*(?=\{)", output)[:3]
    )
    assert "deliveries" in listed
    assert again["delivery_id"] == delivery["delivery_id"]
    assert isinstance(stretch["deliveries"], int)


@beside_a_server
async def test_endpoint_in_a_vendors_words_is_made_as_the_docs_say(up):
    made = json.loads(await _run(_block("docs/dialects.md", "curl"), **_where(up)))
    async with up.partner() as partner:
        await partner.ask("DELETE", f"/v1/webhook_endpoints/{made['webhook_endpoint_id']}")
    assert (made["format"], made["secret"][:6]) == ("bayou", "whsec_")


def _where(up):
    return {"URL": up.ready["url"], "AUTH": f"Authorization: Bearer {up.ready['api_key']}"}


def _named_commands():
    for page in PAGES:
        text = (ROOT / page).read_text()
        for told in [
            *re.findall(r"`((?:\.venv/bin/)?billowatt [^`]+)`", text),
            *re.findall(r"^ +(billowatt .+)", text, re.MULTILINE),
        ]:
            yield page, re.split(r" [|>#] | {2,}|;", told)[0]


@pytest.mark.parametrize(("page", "words"), sorted(set(_named_commands())))
def test_command_that_a_page_names_can_be_called(page, words):
    command: click.Command = billowatt
    context = click.Context(billowatt)
    for word in shlex.split(words.replace("…", "").replace("`", ""))[1:]:
        if word.startswith("-") and word != "-":
            known = {name for one in command.params for name in one.opts} | {"--help", "-h", "--version"}
            assert word.partition("=")[0] in known, (words, word)
        elif isinstance(command, click.Group) and not any(sign in word for sign in "|[") and word.islower():
            inner = command.get_command(context, word.rstrip(",.")) if word else None
            assert inner is not None, (words, word)
            command = inner


def test_target_that_a_page_names_is_in_the_makefile():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    unknown = [
        (page, target)
        for page in PAGES
        for named in re.findall(r"`make ([a-z -]+)`", (ROOT / page).read_text())
        for target in named.split()
        if target not in targets
    ]
    assert unknown == []
