"""The stores that the conformance suite runs over."""

import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from runtime.objects import ObjectStore, open_store
from tests.seaweedfs import S3Server, shared_seaweedfs


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[S3Server]:
    base = tmp_path_factory.getbasetemp()
    with shared_seaweedfs((base if worker_id == "master" else base.parent) / "seaweedfs") as server:
        yield server


@pytest.fixture(params=["folder", "s3"])
def objects_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "folder":
        return f"file://{tmp_path}/objects"
    server: S3Server = request.getfixturevalue("s3_server")
    return server.objects_url(f"bills-{uuid.uuid4().hex}")


@pytest.fixture
async def store(objects_url: str) -> AsyncIterator[ObjectStore]:
    """An empty store of each kind."""
    opened = await open_store(
        objects_url, s3_access_key="billowatt", s3_secret_key="billowatt-tests", create_bucket=True
    )
    yield opened
    await opened.close()
