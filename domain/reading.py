"""A reading: everything that was read from one statement, each value with its evidence, plus proofs and findings."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.evidence import Fact
from domain.money import Money
from domain.period import Period
from domain.quantity import Commodity, Quantity


class DocumentKind(StrEnum):
    """What the document is."""

    BILL = "bill"
    NOTICE = "notice"
    ADJUSTMENT = "adjustment"
    PREPAID = "prepaid"
    NOT_A_BILL = "not_a_bill"


class ReadKind(StrEnum):
    """How the meter was read."""

    ACTUAL = "actual"
    ESTIMATED = "estimated"
    CUSTOMER = "customer"


class UsageKind(StrEnum):
    """Which register or part of the consumption a usage row states."""

    TOTAL = "total"
    ON_PEAK = "on_peak"
    MID_PEAK = "mid_peak"
    OFF_PEAK = "off_peak"
    TIER = "tier"
    DEMAND = "demand"
    REACTIVE = "reactive"
    POWER_FACTOR = "power_factor"
    IMPORT = "import"
    EXPORT = "export"
    NET = "net"


class ChargeKind(StrEnum):
    """What a charge is for."""

    USAGE = "usage"
    DEMAND = "demand"
    SERVICE = "service"
    DELIVERY = "delivery"
    SUPPLY = "supply"
    TAX = "tax"
    FEE = "fee"
    CREDIT = "credit"
    ADJUSTMENT = "adjustment"
    OTHER = "other"


class Source(StrEnum):
    """Whether a number was printed, or measured off a drawing."""

    CITED = "cited"
    MEASURED = "measured"


class HistorySource(StrEnum):
    """Where on the bill a past month stood."""

    TABLE = "table"
    CHART = "chart"


class Verdict(StrEnum):
    """The result of checking one accounting identity."""

    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who sent the bill. ``issuer_id`` is a stable slug: a known utility's id, else made from the name."""

    issuer_id: str
    name: Fact[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """One meter as the bill shows it. ``meter_key`` ("1", "2", ...) ties the reading's usages and charges to it."""

    meter_key: str
    number: Fact[str] | None = None
    commodity: Commodity
    service_point_id: Fact[str] | None = None
    tariff: Fact[str] | None = None
    supplier: Fact[str] | None = None
    period: Fact[Period] | None = None
    previous_read: Fact[Decimal] | None = None
    current_read: Fact[Decimal] | None = None
    multiplier: Fact[Decimal] | None = None
    therm_factor: Fact[Decimal] | None = None
    read_kind: ReadKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A quantity that the bill states for a meter and a period. ``label`` is the row's own word ("High Peak")."""

    quantity: Fact[Quantity]
    kind: UsageKind
    commodity: Commodity
    meter_key: str | None = None
    period: Period | None = None
    label: str = ""
    source: Source = Source.CITED


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One leaf of the bill's charges: leaves sum to the new charges, no subtotal stands beside its parts."""

    description: str
    amount: Fact[Money]
    kind: ChargeKind
    commodity: Commodity | None = None
    quantity: Fact[Quantity] | None = None
    rate: Fact[Decimal] | None = None
    """Price of one unit of ``quantity`` [currency per unit]."""
    period: Period | None = None
    meter_key: str | None = None
    section: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommodityTotal:
    """What the bill asks for one commodity in this period, taxes and fees of the commodity included."""

    commodity: Commodity
    cost: Fact[Money]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryMonth:
    """One past month or period from a printed table or a chart. ``month`` is the first day of the month it ends in."""

    month: date
    period: Period | None = None
    commodity: Commodity
    quantity: Fact[Quantity] | None = None
    cost: Fact[Money] | None = None
    source: HistorySource
    estimated: bool = False
    meter_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One accounting identity checked on the reading.

    ``rule_id`` names the identity (``items_sum_to_new_charges``); ``statement`` writes it with its numbers; ``residual``
    is left minus right in the unit of the identity, None where it does not apply; ``fields`` names the values it
    touches (``new_charges``, ``charges[3].amount``).
    """

    rule_id: str
    verdict: Verdict
    statement: str
    residual: Decimal | None = None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A doubt as data: the rule that raised it, a sentence, and the numbers behind it."""

    rule_id: str
    sentence: str
    data: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Everything read from one statement.

    A value that is not on the page is None: never invented. ``engine_version`` names the reader that made it:
    same bytes and same engine give the same reading. ``pages`` is how many pages were looked at.
    """

    kind: DocumentKind
    engine_version: str
    pages: int
    issuer: Issuer | None = None
    country: Fact[str] | None = None
    currency: Fact[str] | None = None
    language: str = ""
    account_number: Fact[str] | None = None
    holder: Fact[str] | None = None
    service_address: Fact[str] | None = None
    mailing_address: Fact[str] | None = None
    invoice_number: Fact[str] | None = None
    statement_date: Fact[date] | None = None
    due_date: Fact[date] | None = None
    period: Fact[Period] | None = None
    period_end_inclusive: bool = True
    """Whether the bill prints the last day of the period (True) or the day after it, a read date (False)."""
    previous_balance: Fact[Money] | None = None
    payments: Fact[Money] | None = None
    adjustments: Fact[Money] | None = None
    new_charges: Fact[Money] | None = None
    amount_due: Fact[Money] | None = None
    deposit: Fact[Money] | None = None
    past_due: bool = False
    auto_pay: bool = False
    rebill: bool = False
    meters: tuple[Meter, ...] = ()
    usages: tuple[Usage, ...] = ()
    charges: tuple[Charge, ...] = ()
    commodity_totals: tuple[CommodityTotal, ...] = ()
    history: tuple[HistoryMonth, ...] = ()
    proofs: tuple[Proof, ...] = ()
    findings: tuple[Finding, ...] = ()
