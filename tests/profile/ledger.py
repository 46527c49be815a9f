"""The ledger's calls on behalf of a tenant, and what refusals say."""

import grpc
import pytest

from protos.profile.v1 import ledger_pb2 as pb
from tests.profile.readings import TENANT
from tests.profile.running import reason_of


class Ledger:
    """The ledger's calls on behalf of one tenant."""

    def __init__(self, profile, tenant=TENANT):
        self._profile, self._metadata = profile, profile.of(tenant)

    def __getattr__(self, name):
        async def call(**fields):
            request = getattr(pb, f"{name}Request")(**fields)
            return await getattr(self._profile.ledger, name)(request, metadata=self._metadata, timeout=10)

        return call

    async def bills(self, **fields):
        return list((await self.ListLedgerBills(**fields)).bills)

    async def change(self, ledger_bill_id, *pairs, request_id=""):
        told = [pb.FieldChange(field=name, value=value) for name, value in pairs]
        return await self.AmendBill(
            ledger_bill_id=ledger_bill_id, changes=told, amended_by="Robin", reason="misread", request_id=request_id
        )


async def refused(call) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    return reason_of(error.value)


async def answered(call) -> str:
    """The reason of a refusal, or "" where an empty message was answered."""
    try:
        answer = await call
    except grpc.aio.AioRpcError as error:
        return reason_of(error)
    return "" if answer.ByteSize() == 0 else "an answer"
