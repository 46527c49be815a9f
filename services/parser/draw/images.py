"""Keeps the images of pages, and their words, in the object store, below the key of their document, and finds them again.

What is known of an image (page, width, what is marked on it by which reader, size of the page, number of pages) stands in its
key, so that finding it is one listing and no table. Whoever removes the document removes what lies below ``derived_prefix`` of
its key.
"""

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from domain.outcome import Failure
from domain.refusals import NoSuchBill, NoSuchPage
from protos.parser.v1 import parser_pb2
from protos.values.v1 import reading_pb2
from runtime.objects import ObjectMissing, ObjectStore, ObjectTooLarge, derived_prefix
from services.parser.draw.marks import to_bytes
from services.parser.draw.page import PageAsked, PageImage
from services.parser.engine import engine_version
from services.parser.page import PageMissing, SeenWords
from services.parser.pool import ReaderPool

_NAME = re.compile(
    r"page-(?P<number>\d+)-(?P<width>\d+)-(?P<look>[0-9a-f]{16})-(?P<points>[0-9.]+x[0-9.]+)-of-(?P<pages>\d+)"
)

WORDS_BYTES_MAX = 4_000_000
"""What a gRPC message may hold; the words of a dense page take 100 kB."""


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image at rest: its key, the size of the page [points], and how many pages the document has."""

    key: str
    width_points: float
    height_points: float
    pages: int


class PageImages:
    """Draws pages of stored documents: once for each width and set of marks, unless two ask for the same at the same time.

    Their words are seen once, too: those of a scan take a second to read.
    """

    def __init__(self, pool: ReaderPool, objects: ObjectStore, *, bill_bytes_max: int, engine: str) -> None:
        self._pool = pool
        self._objects = objects
        self._bill_bytes_max = bill_bytes_max
        self._engine_version = engine_version(engine)

    async def image(self, object_key: str, asked: PageAsked) -> StoredImage:
        """Return the image of a page, drawing it where it is not there yet.

        Raises:
            NoSuchBill: the store holds no document of this key.
            NoSuchPage: the document ends before this page, or gives no pages; the sentence says which.
            ChildDied, LimitReached, ShuttingDown: as ``ReaderPool.page``.
            StoreUnavailable: the object store does not answer.
        """
        look = self._look(asked)
        known = await self._find(object_key, asked, look)
        if known is not None:
            return known
        made = await self._pool.page(await self._document(object_key), asked)
        match made:
            case PageImage():
                return await self._keep(object_key, asked, look, made)
            case PageMissing() | Failure():
                raise _no_such_page(made)

    async def words(self, object_key: str, number: int) -> parser_pb2.ReadWordsResponse:
        """Return the words of a page, seeing them where they are not there yet.

        Raises:
            NoSuchBill, NoSuchPage, ChildDied, LimitReached, ShuttingDown, StoreUnavailable: as ``image``.
        """
        version = hashlib.sha256(self._engine_version.encode()).hexdigest()[:16]
        name = f"{derived_prefix(object_key)}/words-{number}-{version}"
        async with aclosing(self._objects.list_keys(name)) as found:
            async for info in found:
                try:
                    kept = await self._objects.read(info.key, WORDS_BYTES_MAX)
                except ObjectMissing as error:
                    raise NoSuchBill from error
                return parser_pb2.ReadWordsResponse.FromString(kept)
        made = await self._pool.words(await self._document(object_key), number)
        match made:
            case SeenWords():
                told = _words_message(made)

                async def body() -> AsyncIterator[bytes]:
                    yield told.SerializeToString(deterministic=True)

                await self._objects.put_stream(name, body())
                return told
            case PageMissing() | Failure():
                raise _no_such_page(made)

    async def _document(self, object_key: str) -> bytes:
        try:
            return await self._objects.read(object_key, self._bill_bytes_max)
        except (ObjectMissing, ObjectTooLarge) as error:
            raise NoSuchBill from error

    async def _find(self, object_key: str, asked: PageAsked, look: str) -> StoredImage | None:
        prefix = derived_prefix(object_key)
        async with aclosing(self._objects.list_keys(prefix)) as found:
            async for info in found:
                name = _NAME.fullmatch(info.key.removeprefix(f"{prefix}/").partition("/")[0])
                wanted = (str(asked.number), str(asked.width_pixels), look)
                if name is not None and name.group("number", "width", "look") == wanted:
                    width, _, height = name["points"].partition("x")
                    return StoredImage(info.key, float(width), float(height), int(name["pages"]))
        return None

    async def _keep(self, object_key: str, asked: PageAsked, look: str, made: PageImage) -> StoredImage:
        async def body() -> AsyncIterator[bytes]:
            yield made.image

        points = f"{made.width_points:.3f}x{made.height_points:.3f}"
        name = f"page-{asked.number}-{asked.width_pixels}-{look}-{points}-of-{made.pages}"
        stored = await self._objects.put_stream(f"{derived_prefix(object_key)}/{name}", body())
        return StoredImage(stored.key, made.width_points, made.height_points, made.pages)

    def _look(self, asked: PageAsked) -> str:
        """Name what decides how the page looks beside its number and width: who draws it, and what is marked on it."""
        return hashlib.sha256(self._engine_version.encode() + to_bytes(asked.marks)).hexdigest()[:16]


def _no_such_page(made: PageMissing | Failure) -> NoSuchPage:
    match made:
        case PageMissing(pages=pages):
            return NoSuchPage(f"The document has {pages} pages.", pages=pages)
        case Failure(reason=reason, detail=detail):
            return NoSuchPage(detail, failure_reason=reason.value)


def _words_message(made: SeenWords) -> parser_pb2.ReadWordsResponse:
    return parser_pb2.ReadWordsResponse(
        words=[
            parser_pb2.PageWord(
                text=text, box=reading_pb2.Box(left=box.left, top=box.top, right=box.right, bottom=box.bottom)
            )
            for text, box in made.words
        ],
        width_points=made.width,
        height_points=made.height,
        pages=made.pages,
    )
