"""Assembly: the decided values of one statement made into a reading, proved and calibrated."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from domain import proofs as identities
from domain.evidence import Fact, Method
from domain.money import Money
from domain.outcome import FailureReason
from domain.period import Period
from domain.quantity import Quantity, Unit
from domain.reading import (
    Charge,
    CommodityTotal,
    DocumentKind,
    HistoryMonth,
    HistorySource,
    Issuer,
    Proof,
    Reading,
    Usage,
    UsageKind,
)  # fmt: skip
from services.parser.page import Unreadable
from services.parser.understand.calibrate import calibrate
from services.parser.understand.charts.history import chart_history
from services.parser.understand.charts.measured import Known as KnownUsage
from services.parser.understand.decide import Decided, decide
from services.parser.understand.fields.guess import Guess, confidence_of, fact, is_count
from services.parser.understand.fields.issuer import find_issuer
from services.parser.understand.fields.known import Known, known_issuers
from services.parser.understand.fields.texts import block_under
from services.parser.understand.layout.neighbours import values_for
from services.parser.understand.layout.rows import Segment
from services.parser.understand.layout.tokens import evidence
from services.parser.understand.money import charges, kinds
from services.parser.understand.naming.numbers import account, invoices
from services.parser.understand.place import countries, of_any_rupee
from services.parser.understand.sight import Sight, seen_evidence
from services.parser.understand.statement_meters import distinct, first_of, lines_of_meters, meters_and_usages
from services.parser.understand.values.units import POWER_UNITS

NOT_DRAWN = ("power_of_grid", "booked_power")
"""What a charge on kilowatts may be for that nobody drew (``Fixed charges 5 kW x 110.00``)."""
BARE_SIGN = "$"
"""Says which currency it means only beside a country."""
NO_CURRENCY = "X" * 3
"""ISO 4217's code for amounts whose currency the page does not say."""


def read_statement(sight: Sight, kind: DocumentKind) -> Reading:
    """Return the reading of one statement.

    Raises:
        Unreadable: the page holds too little for a reading.
    """
    decided = decide(sight)
    issuer, data = find_issuer(sight, known_issuers())
    sight = _at_home(sight, data, issuer)
    currency = sight.currency or NO_CURRENCY
    rupee = of_any_rupee(sight.country, sight.currency_seen)
    period, inclusive, days_proof = _period(decided, data)
    meters, usages = meters_and_usages(sight, decided, period)
    reading = Reading(
        kind=kind,
        engine_version=sight.document.engine_version,
        pages=len(sight.sheets),
        issuer=issuer,
        country=_derived(sight.country, sight.country_seen, 0.9),
        currency=_derived(sight.currency, sight.currency_seen, 0.7 if rupee else 0.95),
        language=sight.language,
        account_number=number.fact() if (number := account(sight)) else None,
        holder=block_under(sight, "holder", 1),
        service_address=block_under(sight, "service_address", 3),
        mailing_address=block_under(sight, "mailing_address", 4),
        invoice_number=first_of(distinct(invoices(sight))),
        statement_date=_day(decided.calendar.statement),
        due_date=_day(decided.calendar.due),
        period=period,
        period_end_inclusive=inclusive,
        previous_balance=_money(decided.balances.previous, currency),
        payments=_money(decided.balances.payments, currency),
        adjustments=_money(decided.balances.adjustments, currency),
        new_charges=_money(decided.balances.new, currency),
        amount_due=_money(decided.balances.due, currency),
        deposit=None,
        past_due=bool(decided.balances.forward and decided.balances.forward.value > 0),
        auto_pay=any(label.weight > 0.3 for label in sight.labels.of("autopay")),
        rebill=any(label.weight > 0.5 for label in sight.labels.of("rebill")),
        meters=meters,
        usages=usages,
        charges=_charges(sight, decided, currency),
        commodity_totals=_costs(sight, decided, currency, usages),
        history=_history(sight, decided),
    )
    reading = _drop_clash(reading)
    _require(reading)
    proofs = [*identities.prove(reading)]
    if days_proof:
        proofs.append(days_proof)
    proofs.extend(_averages(sight, reading))
    calibrated = calibrate(reading, tuple(proofs))
    return replace(calibrated, findings=tuple(identities.disagreements(calibrated.proofs)))


def _require(reading: Reading) -> None:
    """Refuse a reading without a name, a time or anything used or owed.

    Raises:
        Unreadable: one of the three is missing.
    """
    used = bool(reading.usages or reading.history)
    owed = reading.amount_due is not None or reading.new_charges is not None or bool(reading.commodity_totals)
    if not used and not owed:
        raise Unreadable(FailureReason.NO_USAGE_FOUND, "neither a usage nor a cost was found")
    if (
        reading.issuer is None
        and reading.account_number is None
        and reading.invoice_number is None
        and not reading.meters
    ):
        raise Unreadable(FailureReason.NOT_A_BILL, "no issuer and no account, bill or meter number was found")
    if reading.period is None and reading.statement_date is None and reading.due_date is None:
        raise Unreadable(FailureReason.NO_USAGE_FOUND, "no period and no date of the statement was found")


def _at_home(sight: Sight, data: Known | None, issuer: Issuer | None) -> Sight:
    """Return the sight with the country of a known issuer where the page tells none, and with what a bare ``$`` means there."""
    home = countries().get(data.country) if data is not None else None
    if home is None or issuer is None or sight.country:
        return sight
    printed = sight.currency_seen[1] if sight.currency_seen else ""
    told = issuer.name.evidence
    seen = next(((s, told.text) for s in sight.segments if s.page == told.page and told.text in s.text), None)
    if seen is None or (sight.currency and not (printed == BARE_SIGN and home.dollar)):
        return sight
    return replace(sight, country=home.code, country_seen=seen, currency=home.currency, currency_seen=seen)


def _derived(value: str, seen: tuple[Segment, str] | None, confidence: float) -> Fact[str] | None:
    ground = seen_evidence(seen, confidence)
    return Fact(value, ground) if value and ground else None


def _money(guess: Guess[Decimal] | None, currency: str) -> Fact[Money] | None:
    return fact(Money(guess.value, currency), guess.token, guess.score) if guess else None


def _day(guess: Guess[date] | None) -> Fact[date] | None:
    return fact(guess.value, guess.token, guess.score) if guess else None


def _drop_clash(reading: Reading) -> Reading:
    """Drop an invoice number that is the account number over again."""
    account, invoice = reading.account_number, reading.invoice_number
    if account and invoice and account.value.replace(" ", "") == invoice.value.replace(" ", ""):
        return replace(reading, invoice_number=None)
    return reading


def _period(decided: Decided, data: Known | None) -> tuple[Fact[Period] | None, bool, Proof | None]:
    """Return the half-open period, whether the print is inclusive, and the proof of its days."""
    dates = decided.calendar
    if dates.period is None:
        return None, True, None
    span = dates.period.value
    proof = None
    if dates.days is not None:
        inclusive = dates.days.value == span.days + 1
        proof = identities.period_days(dates.days.value, span.start, span.end)
    elif data is not None and data.period_end_inclusive is not None:
        inclusive = data.period_end_inclusive
    else:
        inclusive = (
            (span.end + timedelta(days=1)).day == 1
            or span.start.day == 1
            or (span.end + timedelta(days=1)).day == span.start.day
        )
    period = Period.inclusive(span.start, span.end) if inclusive else Period(span.start, span.end)
    first = dates.period_tokens[0] if dates.period_tokens else dates.period.token
    last = dates.period_tokens[-1] if dates.period_tokens else dates.period.token
    ground = evidence(first, confidence_of(dates.period.score, first.segment.method))
    if last is not first:
        text = f"{first.text} - {last.text}"
        other = evidence(last, ground.confidence)
        ground = replace(ground, text=text, confidence=min(ground.confidence, other.confidence))
    return Fact(period, ground), inclusive, proof


def _charges(sight: Sight, decided: Decided, currency: str) -> tuple[Charge, ...]:
    made = []
    booked = _booked_powers(sight)
    drawn = bool(decided.demands) or any(r.unit in POWER_UNITS for read in decided.meters for r in read.registers)
    highest, past_powers = _highest_drawn(decided), _past_powers(sight)
    for node in decided.leaves:
        item = node.item
        unit = item.quantity.number.unit if item.quantity and item.quantity.number else None
        if unit is Unit.KW and item.quantity is not None and item.quantity.value in booked:
            unit = None  # what the customer may draw at most, priced by itself, was not drawn
        if unit is Unit.KW and item.quantity is not None and item.quantity.number and item.quantity.number.per:
            unit = None  # a power times the months that it was kept ready for (``9 kW/mese``)
        if unit is Unit.KW and drawn and sight.lexicon.means(item.description, *NOT_DRAWN):
            unit = None  # a share of the grid's peak or a booked power, beside what the bill says was drawn
        if unit is Unit.KW and highest is not None and item.quantity is not None and item.quantity.value > highest + 1:
            # Above all that the meter drew: a capacity, unless its words call it a demand (``Basic Charge 1,951 kW``).
            past = item.quantity.value in past_powers
            unit = unit if sight.lexicon.means(item.description, "demand") and not past else None
        made.append(
            Charge(
                description=item.description, amount=fact(Money(item.amount, currency), item.token, 0.85),
                kind=kinds.kind_of_charge(sight, item), commodity=kinds.commodity_of_charge(sight, decided.context, item),
                quantity=fact(Quantity(item.quantity.value, unit), item.quantity, 0.85) if item.quantity and unit else None,
                rate=fact(item.rate.value, item.rate, 0.85) if item.rate and unit else None,
            )
        )  # fmt: skip
    return tuple(made)


def _highest_drawn(decided: Decided) -> Decimal | None:
    """Return the highest power [kW] that the bill's meters and the words for demand say was drawn, None where none do."""
    told = [demand.token.value for demand in decided.demands if demand.unit is Unit.KW]
    told += [r.value for read in decided.meters for r in read.registers if r.unit is Unit.KW and r.value is not None]
    return max(told, default=None)


def _past_powers(sight: Sight) -> set[Decimal]:
    """Return the powers [kW] that lines say were the highest of a year (``of the last 12 months; yours is 702 kW``)."""
    if "of_a_year" not in sight.meanings:
        return set()
    powers = (t for t in sight.tokens.all() if t.number is not None and t.number.unit is Unit.KW)
    return {token.value for token in powers if sight.lexicon.means(token.segment.text, "of_a_year")}


def _booked_powers(sight: Sight) -> set[Decimal]:
    """Return the powers [kW] that the page names as booked (``Sanctioned load 4 kW``), and no label as drawn."""

    def named(concept: str) -> set[Decimal]:
        return {
            found.token.value
            for label in sight.labels.of(concept)
            for found in values_for(sight, label, lambda token: bool(token.number and token.number.unit is Unit.KW))[:1]
        }

    return named("subscribed") - named("demand")


def _costs(sight: Sight, decided: Decided, currency: str, usages: tuple[Usage, ...]) -> tuple[CommodityTotal, ...]:
    commodities = {total.amount.commodity for total in decided.totals}
    if not commodities and decided.context.main is not None:
        commodities = {decided.context.main}
    found = charges.decide_costs(
        sight, decided.context, decided.forest, decided.leaves, decided.balances.new, commodities,
        decided.calendar.period.value.days if decided.calendar.period else None, lines_of_meters(decided),
    )  # fmt: skip
    return tuple(
        CommodityTotal(
            commodity=cost.commodity, cost=_summed(fact(Money(cost.amount, currency), cost.token, cost.score), cost)
        )
        for cost in found
    )


def _summed(amount: Fact[Money], cost: charges.Cost) -> Fact[Money]:
    """Return a cost as derived where only its parts are printed."""
    if not cost.parts:
        return amount
    text = " + ".join(token.text for token in cost.parts)
    return Fact(amount.value, replace(amount.evidence, text=text, method=Method.DERIVED))


def _history(sight: Sight, decided: Decided) -> tuple[HistoryMonth, ...]:
    """Return the past months: those of tables, then those of rows and charts of months."""
    made = []
    for past in decided.history:
        if past.quantity is None:
            continue
        quantity = fact(Quantity(past.quantity.value, past.unit), past.quantity, past.score)
        if past.parts:
            text = " + ".join(token.text for token in past.parts)
            quantity = replace(quantity, evidence=replace(quantity.evidence, text=text, method=Method.DERIVED))
        table = HistorySource.TABLE
        made.append(HistoryMonth(month=past.month, commodity=past.commodity, quantity=quantity, source=table))
    newest = decided.calendar.period.value.end if decided.calendar.period else None
    if newest is None and decided.calendar.statement:
        newest = decided.calendar.statement.value
    done = {(month.month, month.commodity) for month in made}
    known = {total.amount.commodity: KnownUsage(total.amount.value, total.amount.unit) for total in decided.totals}
    period = decided.calendar.period
    step = _months_long(period.value.start, period.value.end) if period else 1
    return (*made, *chart_history(sight, decided.context, decided.unit, newest, done, known, step))


def _averages(sight: Sight, reading: Reading) -> Iterable[Proof]:
    """Check printed daily averages against the usage; an average of another month proves nothing."""
    if reading.period is None:
        return
    days = reading.period.value.days
    for i, usage in enumerate(reading.usages):
        if usage.meter_key is not None or usage.kind is not UsageKind.TOTAL:
            continue
        for label in sight.labels.of("average_daily"):
            for found in values_for(
                sight, label, lambda t: t.number is not None and not t.number.currency and not t.number.percent
            ):
                number = found.token.number
                if number is None or (is_count(found.token) and number.value > usage.quantity.value.amount):
                    continue
                proof = identities.average_daily(
                    number.value, number.decimals, days, usage.quantity.value.amount, f"usages[{i}].quantity"
                )
                if proof.verdict.value == "pass":
                    yield proof
                    break


def _months_long(start: date, end: date) -> int:
    """Return how many months a period is long, at least one."""
    return max(round((end - start).days / 30.4), 1)
