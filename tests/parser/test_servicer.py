"""Parser.ReadBill over a real socket with real reading processes."""

from importlib.resources import files

import pytest

from domain.ids import TenantId
from domain.refusals import BadRequest, BillTooLarge, EmptyBill, NoKey
from protos.parser.v1 import parser_pb2 as pb
from protos.parser.v1 import parser_pb2_grpc
from runtime.rpc.client import bearer, open_channel
from runtime.rpc.identity import ServiceAuthenticator, ServiceTokens
from runtime.rpc.refusals import refusals_raised
from runtime.rpc.server import GrpcServer, Servicer
from services.parser.pool import ReaderPool
from services.parser.servicer import ParserServicer

TOKENS = ServiceTokens("a secret of at least thirty-two characters")
AS_TENANT = bearer(TOKENS.mint(TenantId("11111111-1111-4111-8111-111111111111")))
LIMIT_BYTES = 100_000


@pytest.fixture
async def stub(tmp_path):
    async with ReaderPool(1) as pool:
        servicer = ParserServicer(pool, bill_bytes_max=LIMIT_BYTES)
        server = GrpcServer(
            [
                Servicer(
                    "billowatt.parser.v1.Parser", lambda at: parser_pb2_grpc.add_ParserServicer_to_server(servicer, at)
                )
            ],
            ServiceAuthenticator(TOKENS),
            f"unix:{tmp_path}/s",
        )
        await server.start()
        async with open_channel(server.address) as channel:
            yield parser_pb2_grpc.ParserStub(channel)
        await server.stop(0)


async def _read(stub, *messages, metadata=AS_TENANT):
    async def requests():
        for message in messages:
            yield message

    with refusals_raised():
        return [answer async for answer in stub.ReadBill(requests(), metadata=metadata, timeout=60)]


HEADER = pb.ReadBillRequest(header=pb.ReadBillHeader(file_name="bill.pdf"))


def _chunk(data):
    return pb.ReadBillRequest(chunk=data)


async def test_document_sent_in_chunks_is_answered_with_one_outcome_at_the_end(stub):
    sample = (files("billowatt") / "sample" / "sample-bill.pdf").read_bytes()
    answers = await _read(stub, HEADER, *(_chunk(sample[at : at + 5000]) for at in range(0, len(sample), 5000)))

    outcomes = [answer.outcome for answer in answers if answer.HasField("outcome")]
    assert len(outcomes) == 1
    assert answers[-1].HasField("outcome")
    assert outcomes[0].success.readings[0].account_number.value == "3001-4482-7"


async def test_document_that_cannot_be_read_is_an_outcome_and_no_error(stub):
    (answer,) = [one for one in await _read(stub, HEADER, _chunk(b"%PDF-1.7 and no more")) if one.HasField("outcome")]
    assert answer.outcome.failure.reason == "corrupt"


@pytest.mark.parametrize(
    ("messages", "refusal"),
    [
        ([HEADER], EmptyBill),
        ([_chunk(b"%PDF-1.7")], BadRequest),
        ([HEADER, _chunk(b"%PDF-1.7"), HEADER], BadRequest),
        ([HEADER, *[_chunk(b"x" * 60_000)] * 2], BillTooLarge),
        ([HEADER, *[_chunk(b"x" * 60_000)] * 40], BillTooLarge),
        ([HEADER, _chunk(b"x" * (1024 * 1024 + 1))], BadRequest),
    ],
    ids=["empty", "no header", "two headers", "too large", "far too large", "chunk too large"],
)
async def test_wrong_stream_is_refused_with_its_reason(messages, refusal, stub):
    with pytest.raises(refusal):
        await _read(stub, *messages)


async def test_caller_without_a_key_is_refused(stub):
    # Nothing is sent: whoever writes on a two-way stream as it is refused may see INTERNAL instead (grpc.aio).
    with pytest.raises(NoKey):
        await _read(stub, metadata=())
