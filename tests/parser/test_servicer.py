"""Parser.ReadBill over a real socket with real reading processes."""

from importlib.resources import files

import pytest

from domain.ids import TenantId
from domain.refusals import BadRequest, BillTooLarge, EmptyBill, NoKey
from protos.parser.v1 import parser_pb2 as pb
from protos.parser.v1 import parser_pb2_grpc
from runtime.objects import open_store
from runtime.rpc.client import bearer, open_channel
from runtime.rpc.identity import ServiceAuthenticator, ServiceTokens
from runtime.rpc.refusals import refusals_raised
from runtime.rpc.server import GrpcServer, Servicer
from services.parser.draw.images import PageImages
from services.parser.pool import ReaderPool
from services.parser.servicer import ParserServicer

TOKENS = ServiceTokens("a secret of at least thirty-two characters")
TENANT = TenantId("11111111-1111-4111-8111-111111111111")
LIMIT_BYTES = 100_000


@pytest.fixture
async def objects(tmp_path):
    store = await open_store(f"file://{tmp_path}/objects")
    yield store
    await store.close()


@pytest.fixture
async def stub(tmp_path, objects):
    async with ReaderPool(1) as pool:
        images = PageImages(pool, objects, bill_bytes_max=LIMIT_BYTES, engine="ppocr")
        servicer = ParserServicer(pool, images, bill_bytes_max=LIMIT_BYTES)
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


async def _read(stub, *messages, metadata=None):
    async def requests():
        for message in messages:
            yield message

    # Minted here: a token lives five minutes, the suite longer.
    told = bearer(TOKENS.mint(TENANT)) if metadata is None else metadata
    with refusals_raised():
        return [answer async for answer in stub.ReadBill(requests(), metadata=told, timeout=60)]


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


async def _stored(objects):
    async def body():
        yield (files("billowatt") / "sample" / "sample-bill.pdf").read_bytes()

    return (await objects.put_stream("t/tenant", body())).key


async def test_page_of_a_stored_document_is_drawn_for_our_own_services(stub, objects):
    request = pb.DrawPageRequest(object_key=await _stored(objects), page=2, width_pixels=480)

    answer = await stub.DrawPage(request, metadata=bearer(TOKENS.mint(None)), timeout=60)

    image = await objects.read(answer.object_key, 1_000_000)
    assert image[:4] + image[8:12] == b"RIFFWEBP"
    assert (answer.media_type, answer.width_points, answer.height_points, answer.pages) == ("image/webp", 612, 792, 2)


@pytest.mark.parametrize("request_", [pb.DrawPageRequest(page=0), pb.DrawPageRequest(page=1, width_pixels=481)])
async def test_page_asked_for_wrongly_is_refused(stub, objects, request_):
    request_.object_key = await _stored(objects)
    with pytest.raises(BadRequest), refusals_raised():
        await stub.DrawPage(request_, metadata=bearer(TOKENS.mint(None)), timeout=60)
