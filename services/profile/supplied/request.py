"""What is supplied, as it travels and as it is kept: one message, checked once."""

import re
from calendar import isleap
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from domain.refusals import BadRequest
from protos.profile.v1 import supplied_pb2
from services.profile.months.calendarise import FIRST_YEAR, LAST_YEAR
from services.profile.supplied.supply import INTERVALS, BadSupply, MonthlyBill, Supplied, is_leap, one_of

DOLLAR = "USD"
"""The currency of bills of which nothing says another: Aurora's contract has no other."""

_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,18})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_VALUES_MAX = max(INTERVALS)


@dataclass(frozen=True, slots=True)
class Asked:
    """A supply as it was asked for; what was left empty is None, "" or 0."""

    supplied: Supplied
    supplied_as: str
    price: Fraction | None
    currency: str
    year: int
    country: str
    keep: bool


def asked_supply(request: supplied_pb2.SupplyProfileRequest) -> Asked:
    """Return what a request supplies.

    Raises:
        BadRequest: by the rule that it breaks.
    """
    supplied_as = request.WhichOneof("numbers") or ""
    supplied = _supplied(request, supplied_as)
    if request.price and (not _NUMBER.fullmatch(request.price) or not Decimal(request.price)):
        raise BadRequest("price is a decimal number above zero", field="price")
    if request.currency and not _CURRENCY.fullmatch(request.currency):
        raise BadRequest("currency is a code of ISO 4217, such as USD", field="currency")
    if request.country and not _COUNTRY.fullmatch(request.country):
        raise BadRequest("country is a code of ISO 3166-1 alpha-2, such as US", field="country")
    if request.year and not FIRST_YEAR <= request.year <= LAST_YEAR:
        raise BadRequest(f"year is {FIRST_YEAR} to {LAST_YEAR}", field="year")
    return Asked(
        supplied=supplied,
        supplied_as=supplied_as,
        price=Fraction(request.price) if request.price else None,
        currency=request.currency,
        year=request.year,
        country=request.country,
        keep=request.keep,
    )


def needs_price(asked: Asked) -> bool:
    """Tell whether nothing can be made of a supply without a price."""
    return isinstance(asked.supplied, MonthlyBill)


def kept_supply(numbers: bytes) -> tuple[Supplied, supplied_pb2.SuppliedProfile]:
    """Return a supply as it was kept, and its message."""
    message = supplied_pb2.SuppliedProfile.FromString(numbers)
    kind = message.WhichOneof("numbers") or ""
    return _one_of(kind, _values(getattr(message, kind), kind)), message


def _supplied(request: supplied_pb2.SupplyProfileRequest, kind: str) -> Supplied:
    if not kind:
        raise BadRequest("exactly one of monthly_energy, monthly_bill and interval_data", field="monthly_energy")
    try:
        supplied = _one_of(kind, _values(getattr(request, kind), kind))
    except BadSupply as error:
        raise BadRequest(str(error), field=kind) from error
    if is_leap(supplied) and request.year and not isleap(request.year):
        raise BadRequest("interval_data of a leap year are of no other year", field="year")
    return supplied


def _values(numbers: supplied_pb2.SuppliedNumbers, kind: str) -> list[Decimal | None]:
    if len(numbers.values) > _VALUES_MAX:
        raise BadRequest(f"{kind} has at most {_VALUES_MAX} values", field=kind)
    for text in numbers.values:
        if text and not _NUMBER.fullmatch(text):
            raise BadRequest(
                f"{kind}: {text[:40]!r} is no number of zero or more with at most 9 digits before the point and 18 behind it",
                field=kind,
            )
    return [Decimal(text) if text else None for text in numbers.values]


def _one_of(kind: str, values: list[Decimal | None]) -> Supplied:
    return one_of(
        values if kind == "monthly_energy" else None,
        values if kind == "monthly_bill" else None,
        values if kind == "interval_data" else None,
    )
