"""What a synthetic bill says, apart from how it is laid out and worded."""

from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal(0)


def cents(value: Decimal) -> Decimal:
    """Round half up to whole cents."""
    return value.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of a declared schedule of charges: what it is counted by and what one of that costs."""

    concept: str
    """The key of its wording."""
    section: str
    per: str = "usage"
    """``usage``, ``register/NAME``, ``first/40`` and ``rest/40`` (percent of the usage), ``day``, ``kw_day`` (a subscribed power
    by the day), ``kw`` (the demand), ``export``, ``volume`` (gas before its heat factors), ``bill``, or ``percent``."""
    price: tuple[float, float] = (0.0, 0.0)
    """The lowest and the highest price of one [currency of the country]."""
    places: int = 5
    percent: str = ""
    of: tuple[str, ...] = ()
    """The sections or concepts that a percentage is of; everything before it where there are none."""
    commodity: str = ""
    """The bill's first commodity where it is not said; ``bill`` for what belongs to none."""
    chance: float = 1.0
    """The share of bills that have this line."""
    credit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Economy:
    """What kind of bills a family sends. The fields are the vocabulary of the families' ``economy`` tables."""

    commodities: tuple[str, ...] = ("electricity",)
    customer_class: str = "residential"
    tariff: str = "flat"
    """``flat``, ``tiers``, ``tou`` or ``demand`` (a time-of-use tariff with demand is ``tou_demand``)."""
    meters: int = 1
    split_supply: bool = False
    supplier: bool = False
    balance: str = "any"
    """``none``, ``settled``, ``arrears``, ``partial``, ``credit``, ``any`` of the last four, or ``instalments``: payments on
    account against this bill, and no balance before them."""
    taxes: str = "percent"
    """``percent``, ``vat``, ``vat_split`` (two rates), ``gst`` (duty and local tax), ``fixed`` or ``none``."""
    vat: str = "20"
    period: str = "reads"
    """``reads``: the printed end is the next period's start; ``inclusive``: both printed days count;
    ``calendar``: whole months."""
    cycle_months: int = 1
    multiplier: bool = False
    history_months: int = 13
    budget: bool = False
    net: str = "none"
    """``none``, ``net`` (billed on import less export) or ``feed_in`` (import billed, export credited)."""
    gas_unit: str = "therm"
    water_unit: str = "HCF"
    riders: int = 2
    late_fee: bool = False
    credit: bool = False
    read_decimals: int = 0
    reactive: bool = False
    standing_by_day: bool = False
    subscribed: bool = False
    """Whether the standing charge is a subscribed power [kW] by the day."""
    registers: tuple[str, ...] = ()
    """Names of the registers of each electric meter, where they are not those of ``tariff``; of a net meter, of its net."""
    gas_factors: str = ""
    """What the factor of gas that is billed as heat is made of: ``state`` (heating value x state number), ``calorific``
    (volume correction x calorific value / 3.6), or nothing that is printed."""
    schedule: tuple[Item, ...] = ()
    """The charges, where they are not drawn after ``tariff``, ``taxes`` and ``riders``."""
    adjustment: bool = False
    """Whether some bills have a late charge or a credit in the balance, outside the new charges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One leaf of the charges. ``concept`` names its wording; ``values`` fill the wording's braces."""

    concept: str
    section: str
    commodity: str
    amount: Decimal
    quantity: Decimal | None = None
    unit: str = ""
    rate: Decimal | None = None
    days: Decimal | None = None
    """A third factor: quantity x days x rate."""
    percent: Decimal | None = None
    base: Decimal | None = None
    meter: int | None = None
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """One register of a meter (on peak, export, ...)."""

    concept: str
    usage: Decimal
    read_from: Decimal
    read_to: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """One meter: (read_to - read_from) x multiplier = volume, and volume x factor = usage."""

    number: str
    commodity: str
    tariff: str
    service_point: str
    usage: Decimal
    unit: str
    read_from: Decimal | None
    read_to: Decimal | None
    multiplier: Decimal = Decimal(1)
    registers: tuple[Register, ...] = ()
    volume: Decimal | None = None
    volume_unit: str = ""
    factor: Decimal | None = None
    factors: tuple[Decimal, ...] = ()
    """The printed numbers that ``factor`` is the product of."""
    demand_kw: Decimal | None = None
    estimated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One commodity of the bill: its meters and its charges, taxes included."""

    commodity: str
    unit: str
    usage: Decimal
    meters: tuple[Meter, ...]
    charges: tuple[Charge, ...]
    demand_kw: Decimal | None = None
    exported: Decimal | None = None
    usage_also: tuple[Decimal, ...] = ()

    @property
    def cost(self) -> Decimal:
        """What the commodity costs [currency of the bill]."""
        return sum((charge.amount for charge in self.charges), ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryMonth:
    """One past period, named by the month it ends in."""

    month: date
    days: int
    quantity: Decimal
    cost: Decimal
    estimated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody with an address."""

    name: str
    address: tuple[str, ...]
    phone: str = ""
    web: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """One statement. Every sum holds: charges, balance, reads, periods, history."""

    utility: Party
    supplier: str
    customer: Party
    country: str
    currency: str
    account_number: str
    invoice_number: str
    statement_date: date
    due_date: date
    first: date
    last: date
    days: int
    next_read: date
    services: tuple[Service, ...]
    other_charges: tuple[Charge, ...]
    previous_balance: Decimal | None
    payments: Decimal | None
    adjustment: Decimal | None = None
    """What was added to the balance outside the new charges, a late charge say."""
    payment_date: date
    new_charges: Decimal
    instalment: Decimal | None
    amount_due: Decimal
    history: tuple[HistoryMonth, ...]
    customer_class: str

    @property
    def charges(self) -> tuple[Charge, ...]:
        """Every leaf charge in order."""
        return tuple(charge for service in self.services for charge in service.charges) + self.other_charges

    @property
    def main(self) -> Service:
        """The service that the history is about."""
        return self.services[0]

    @property
    def meters(self) -> tuple[Meter, ...]:
        """Every meter in order."""
        return tuple(meter for service in self.services for meter in service.meters)

    def service(self, commodity: str) -> Service | None:
        """Return the service of a commodity, if the bill has it."""
        return next((service for service in self.services if service.commodity == commodity), None)
