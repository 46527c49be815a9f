"""Writes that go together: each part keeps its own arguments, and rows that refer to each other may be parts of one send."""

from services.profile.writes import Writes
from tests.profile.readings import PROJECT, TENANT, bill_id

READING = "INSERT INTO profile.reading (tenant_id, bill_id, readings) VALUES ($1, $2, $3)"
BILL = "INSERT INTO profile.bill (bill_id, project_id, tenant_id, deleted_at) VALUES ($2, $3, $1, clock_timestamp())"
KEPT = "SELECT project_id, readings FROM profile.bill JOIN profile.reading USING (bill_id)"


async def test_parts_keep_their_own_arguments_and_may_refer_to_each_other(database):
    writes = Writes()
    writes.add(READING, TENANT, bill_id(1), b"as it came")
    writes.add(BILL, TENANT, bill_id(1), PROJECT)
    async with database.service() as connection:
        await writes.send(connection)
        rows = [tuple(row) for row in await connection.fetch(KEPT)]
    assert rows == [(PROJECT, b"as it came")]


async def test_a_send_takes_all_and_leaves_nothing(database):
    writes = Writes()
    writes.add(BILL, TENANT, bill_id(1), PROJECT)
    async with database.service() as connection:
        await writes.send(connection)
        await writes.send(connection)
        assert await connection.fetchval("SELECT count(*) FROM profile.bill") == 1
