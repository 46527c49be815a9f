"""Assembly: the decided values of one statement made into a reading, proved and calibrated."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from domain.evidence import Evidence, Fact, Method
from domain.money import Money
from domain.outcome import FailureReason
from domain.period import Period
from domain.quantity import Commodity, Quantity, Unit
from domain.reading import (
    Charge,
    CommodityTotal,
    DocumentKind,
    Finding,
    HistoryMonth,
    HistorySource,
    Meter,
    Proof,
    Reading,
    Usage,
    UsageKind,
)  # fmt: skip
from services.parser.page import Unreadable
from services.parser.understand import proofs as identities
from services.parser.understand.calibrate import calibrate
from services.parser.understand.charts.history import Known as KnownUsage
from services.parser.understand.charts.history import chart_history
from services.parser.understand.fields import balances, calendar, charges, items, sums
from services.parser.understand.fields.context import Context, read_context
from services.parser.understand.fields.guess import Guess, confidence_of, fact, is_count
from services.parser.understand.fields.history import PastMonth, find_history
from services.parser.understand.fields.identity import Identifier, block_under, invoices, named
from services.parser.understand.fields.tariff import tariffs
from services.parser.understand.fields.issuer import Known, find_issuer, known_issuers
from services.parser.understand.fields.meters import MeterRead, Register, find_meters
from services.parser.understand.fields.sums import Forest, Node
from services.parser.understand.fields.usage import (
    Amount,
    Total,
    commodity_of_meter,
    defined_unit,
    document_unit,
    meter_total,
    register_value,
)
from services.parser.understand.fields.usage import decide as decide_usage
from services.parser.understand.layout.neighbours import values_for
from services.parser.understand.layout.rows import Segment
from services.parser.understand.layout.tables import Table, find_tables
from services.parser.understand.layout.tokens import Token, evidence
from services.parser.understand.sight import Sight, seen_evidence
from services.parser.understand.values.units import POWER_UNITS, USAGE_UNITS

NO_CURRENCY = "XXX"
"""ISO 4217's code for amounts whose currency the page does not say."""


@dataclass(frozen=True, slots=True)
class Decided:
    """Everything that was decided about one statement, before it becomes a reading."""

    tables: list[Table]
    context: Context
    calendar: calendar.Calendar
    balances: balances.Balances
    forest: Forest
    leaves: tuple[Node, ...]
    meters: list[MeterRead]
    totals: list[Total]
    history: list[PastMonth]
    unit: Unit | None


def decide(sight: Sight) -> Decided:
    """Return what the page says, each question answered together with the others."""
    tables = find_tables(sight)
    context = read_context(sight)
    money = balances.decide(sight, tables)
    columns = items.find_columns(sight, balances.has_decimals(sight))
    forest = sums.build(columns)
    money, leaves = _settle(money, forest)
    meters = find_meters(sight, tables)
    dates = _with_reads(
        sight, calendar.decide(sight, tables, frozenset((r.page, r.row) for m in meters for r in m.registers)), meters
    )
    unit = defined_unit(sight.text) or document_unit(sight, context)
    near = dates.statement.value if dates.statement else dates.period.value.end if dates.period else None
    past = find_history(sight, tables, context, unit, near, dates.period.value.end if dates.period else None)
    quantities = [(node.item.quantity, node.amount) for node in leaves if node.item.quantity is not None]
    totals = decide_usage(sight, tables, context, meters, quantities, _newest(past, dates))
    return Decided(tables, context, dates, money, forest, leaves, meters, totals, past, unit)


def _settle(money: balances.Balances, forest: Forest) -> tuple[balances.Balances, tuple[Node, ...]]:
    """Find the lines of the new charges; where no label names these, the sum that the balances leave for them."""
    if money.previous is None and money.payments is None and money.forward is not None:
        money = replace(money, previous=money.forward)
    if money.new is not None:
        leaves = sums.open_total(forest, money.new.value)
        if leaves or money.due is None or money.identity:
            return money, leaves
    if money.due is None:
        return money, ()
    expected = money.due.value
    if money.previous is not None:
        expected -= money.previous.value - (money.payments.value if money.payments else Decimal(0))
    elif money.forward is not None:
        expected -= money.forward.value
    leaves = sums.open_total(forest, expected)
    if not leaves:
        leaves = _loose_lines(forest, expected)
    if leaves and money.new is None:
        closing = next((node.item.token for node in forest.composites if node.amount == expected), money.due.token)
        money = replace(money, new=Guess(expected, closing, 0.85))
    elif money.new is None and money.previous is None and money.payments is None and money.forward is None:
        return money, ()
    return money, leaves if money.new is not None and money.new.value == expected else sums.open_total(
        forest, money.new.value
    ) if money.new else ()


def _loose_lines(forest: Forest, expected: Decimal) -> tuple[Node, ...]:
    """Return the lines right before a printed total that add up to it without saying total."""
    for roots in forest.roots:
        for end, node in enumerate(roots):
            if node.amount == expected and not node.parts:
                for start in range(end - 2, -1, -1):
                    if sum((one.amount for one in roots[start:end]), Decimal(0)) == expected:
                        return roots[start:end]
    return ()


def _with_reads(sight: Sight, dates: calendar.Calendar, meters: list[MeterRead]) -> calendar.Calendar:
    """Take the period from the days of the readings where the page names none."""
    if dates.period is not None and dates.period.score >= 0.45:
        return dates
    for meter in meters:
        if len(meter.dates) == 2:
            span = calendar.resolve(meter.dates[0], meter.dates[1], dates.statement.value if dates.statement else None)
            if span is not None:
                period = Guess(span, meter.dates[0], 0.8)
                return replace(
                    dates, period=period, period_tokens=meter.dates, days=calendar.printed_days(sight, [], period)
                )
    return dates


def _newest(past: list[PastMonth], dates: calendar.Calendar) -> list[tuple[Token, Amount]]:
    if dates.period is None:
        return []
    month = dates.period.value.end.replace(day=1)
    return [
        (one.quantity, Amount(one.quantity.value.normalize(), one.unit, one.commodity))
        for one in past
        if one.quantity is not None and one.month == month
    ]


def read_statement(sight: Sight, kind: DocumentKind) -> Reading:
    """Return the reading of one statement.

    Raises:
        Unreadable: the page holds too little for a reading.
    """
    decided = decide(sight)
    issuer, data = find_issuer(sight, known_issuers())
    currency = sight.currency or NO_CURRENCY
    period, inclusive, days_proof = _period(decided, data)
    meters, usages = _meters_and_usages(sight, decided, period)
    reading = Reading(
        kind=kind,
        engine_version=sight.document.engine_version,
        pages=len(sight.sheets),
        issuer=issuer,
        country=_derived(sight.country, sight.country_seen, 0.9),
        currency=_derived(sight.currency, sight.currency_seen, 0.95),
        language=sight.language,
        account_number=_account(sight),
        holder=block_under(sight, "holder", 1),
        service_address=block_under(sight, "service_address", 3),
        mailing_address=block_under(sight, "mailing_address", 4),
        invoice_number=_first(_distinct(invoices(sight))),
        statement_date=_day(decided.calendar.statement),
        due_date=_day(decided.calendar.due),
        period=period,
        period_end_inclusive=inclusive,
        **{name: _money(guess, currency) for name, guess in balances.chosen(decided.balances)},
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
    return replace(calibrated, findings=tuple(_findings(calibrated)))


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


def _derived(value: str, seen: tuple[Segment, str] | None, confidence: float) -> Fact[str] | None:
    ground = seen_evidence(seen, confidence)
    return Fact(value, ground) if value and ground else None


def _money(guess: Guess[Decimal], currency: str) -> Fact[Money]:
    return fact(Money(guess.value, currency), guess.token, guess.score)


def _day(guess: "Guess[calendar.date] | None") -> "Fact[calendar.date] | None":
    return fact(guess.value, guess.token, guess.score) if guess else None


def _first(found: list[Identifier]) -> Fact[str] | None:
    return found[0].fact() if found and found[0].score >= 0.4 else None


def _distinct(found: list[Identifier]) -> list[Identifier]:
    return [one for one in found if len(one.squeezed) >= 3]


def _account(sight: Sight) -> Fact[str] | None:
    """Return the account number; a customer's number stands for it where the bill prints no account."""
    accounts = [one for one in named(sight, "account") if sum(c.isdigit() for c in one.text) >= 4]
    if accounts and accounts[0].score >= 0.4:
        return accounts[0].fact()
    customers = [one for one in named(sight, "customer") if sum(c.isdigit() for c in one.text) >= 4]
    return _first(customers)


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


def _meters_and_usages(
    sight: Sight, decided: Decided, period: Fact[Period] | None
) -> tuple[tuple[Meter, ...], tuple[Usage, ...]]:
    meters: list[Meter] = []
    usages: list[Usage] = []
    span = period.value if period else None
    for total in decided.totals:
        quantity = fact(
            Quantity(_plain(total.amount.value), total.amount.unit),
            total.token,
            min(total.score + 0.05 * total.agree, 1.0),
        )
        usages.append(Usage(quantity=quantity, kind=UsageKind.TOTAL, commodity=total.amount.commodity, period=span))
    for number, read in enumerate(decided.meters, start=1):
        key = str(number)
        registers, own = meter_total(read)
        unit = own or _unit_by_value(decided, registers) or decided.unit
        commodity = _commodity_of(decided, read, unit)
        if commodity is None:
            continue
        first = registers[0] if registers else read.registers[0]
        plain_reads = len(registers) == 1
        meters.append(
            Meter(
                meter_key=key, commodity=commodity,
                number=read.number.fact() if read.number else None,
                service_point_id=_first(_distinct(named(sight, "service_point"))) if len(decided.meters) == 1 else None,
                tariff=_tariff(sight, read),
                period=period,
                previous_read=fact(first.previous.value, first.previous, first.score) if plain_reads and first.previous else None,
                current_read=fact(first.current.value, first.current, first.score) if plain_reads and first.current else None,
                multiplier=fact(first.multiplier.value, first.multiplier, first.score) if first.multiplier else None,
                therm_factor=fact(first.factor.value, first.factor, first.score) if first.factor else None,
                read_kind=read.kind,
            )
        )  # fmt: skip
        usages.extend(_usages_of(read, key, commodity, unit, span, decided))
    meters, usages = _lone_meter(sight, decided, meters, usages, period)
    return tuple(meters), tuple(usages)


def _unit_by_value(decided: Decided, registers: list[Register]) -> Unit | None:
    """Return the unit of the bill's total that a meter without a printed unit measured."""
    amount = sum((value for register in registers if (value := register_value(register)) is not None), Decimal(0))
    return next((total.amount.unit for total in decided.totals if amount and total.amount.value == amount), None)


def _plain(value: Decimal) -> Decimal:
    return value.quantize(Decimal(1)) if value == value.to_integral() else value


def _commodity_of(decided: Decided, read: MeterRead, unit: Unit | None) -> Commodity | None:
    found = commodity_of_meter(decided.context, read, unit)
    if found is None and len(decided.totals) == 1:
        return decided.totals[0].amount.commodity
    return found


def _usages_of(
    read: MeterRead, key: str, commodity: Commodity, unit: Unit | None, span: Period | None, decided: Decided
) -> Iterable[Usage]:
    """Yield a meter's total, what it measured where energy was made of volume, and its other registers."""

    def usage(
        amount: Decimal, real: Unit, token: Token, score: float, kind: UsageKind = UsageKind.TOTAL, label: str = ""
    ) -> Usage:
        return Usage(
            quantity=fact(Quantity(_plain(amount), real), token, score),
            kind=kind,
            commodity=commodity,
            meter_key=key,
            period=span,
            label=label,
        )

    registers, _ = meter_total(read)
    values = [(register, value) for register in registers if (value := register_value(register)) is not None]
    total = next((one for one in decided.totals if one.amount.commodity is commodity), None)
    made = [(r, v, r.usage or r.current) for r, v in values]
    if len(made) == 1 and made[0][2] is not None:
        register, amount, token = made[0]
        converted = register.factor is not None and register.usage is None
        if converted and total is not None and len(decided.meters) == 1:
            yield usage(total.amount.value, total.amount.unit, total.token, total.score)
        if converted and register.difference is not None:
            yield usage(
                register.difference.value,
                register.unit or Unit.CCF,
                register.difference,
                register.score,
                label="measured",
            )
        elif not converted and unit in USAGE_UNITS and unit is not None:
            kind = UsageKind.NET if register.kind is UsageKind.NET else UsageKind.TOTAL
            yield usage(amount, unit, token, register.score, kind, register.label)
            if register.difference is not None and register.factor is not None:
                yield usage(
                    register.difference.value, _volume(register), register.difference, register.score, label="measured"
                )
    elif len(made) > 1 and unit is not None and unit in USAGE_UNITS and made[0][2] is not None:
        token = made[0][2]
        text = " + ".join(t.text for _, _, t in made if t)
        ground = Evidence(
            text=text,
            page=token.page,
            box=token.box,
            confidence=confidence_of(0.85, token.segment.method),
            method=Method.DERIVED,
        )
        amount = sum((v for _, v, _ in made), Decimal(0))
        yield Usage(
            quantity=Fact(Quantity(_plain(amount), unit), ground),
            kind=UsageKind.TOTAL,
            commodity=commodity,
            meter_key=key,
            period=span,
        )
    for register in read.registers:
        value, token = register_value(register), register.usage or register.current
        real = register.unit or unit
        if (
            value is not None
            and token is not None
            and real is not None
            and not (len(registers) == 1 and register is registers[0])
        ):
            yield usage(value, real, token, register.score, register.kind, register.label)


def _volume(register: Register) -> Unit:
    printed = register.difference.number.unit if register.difference and register.difference.number else None
    return printed or Unit.CCF


def _lone_meter(
    sight: Sight, decided: Decided, meters: list[Meter], usages: list[Usage], period: Fact[Period] | None
) -> tuple[list[Meter], list[Usage]]:
    """Make a meter of a printed meter number where no reading stands beside it."""
    if meters or len(decided.totals) != 1:
        return meters, usages
    numbers = [one for one in named(sight, "meter_number") if sum(c.isdigit() for c in one.text) >= 4]
    points = named(sight, "service_point", digits_min=6)
    if not numbers and not points:
        return meters, usages
    total = decided.totals[0]
    meter = Meter(
        meter_key="1", commodity=total.amount.commodity, number=numbers[0].fact() if numbers else None,
        service_point_id=_first(points), tariff=_tariff(sight, None), period=period,
    )  # fmt: skip
    own = replace(usages[0], meter_key="1")
    return [meter], [*usages, own]


def _tariff(sight: Sight, read: MeterRead | None) -> Fact[str] | None:
    """Return the tariff's name as printed, the one nearest before the meter where there are several."""
    found = list(tariffs(sight))
    if not found:
        return None
    best = max(one.score for one in found)
    strong = [one for one in found if one.score >= best - 0.1]
    chosen = strong[0]
    if read is not None:
        place = (read.page, read.registers[0].row)
        before = [
            one for one in strong if (one.segment.page, one.segment.row) <= place and one.segment.page == read.page
        ]
        chosen = before[-1] if before else chosen
    return chosen.fact()


def _charges(sight: Sight, decided: Decided, currency: str) -> tuple[Charge, ...]:
    made = []
    for node in decided.leaves:
        item = node.item
        unit = item.quantity.number.unit if item.quantity and item.quantity.number else None
        made.append(
            Charge(
                description=item.description, amount=fact(Money(item.amount, currency), item.token, 0.85),
                kind=charges.kind_of_charge(sight, item), commodity=charges.commodity_of_charge(sight, decided.context, item),
                quantity=fact(Quantity(item.quantity.value, unit), item.quantity, 0.85) if item.quantity and unit else None,
                rate=fact(item.rate.value, item.rate, 0.85) if item.rate and unit else None,
            )
        )  # fmt: skip
    return tuple(made)


def _costs(sight: Sight, decided: Decided, currency: str, usages: tuple[Usage, ...]) -> tuple[CommodityTotal, ...]:
    commodities = {total.amount.commodity for total in decided.totals}
    found = charges.decide_costs(
        sight, decided.context, decided.forest, decided.leaves, decided.balances.new, commodities
    )
    return tuple(
        CommodityTotal(commodity=cost.commodity, cost=fact(Money(cost.amount, currency), cost.token, cost.score))
        for cost in found
    )


def _history(sight: Sight, decided: Decided) -> tuple[HistoryMonth, ...]:
    """Return the past months: those of tables, then those of rows and charts of months."""
    made = []
    for past in decided.history:
        if past.quantity is None:
            continue
        made.append(
            HistoryMonth(
                month=past.month, commodity=past.commodity, quantity=fact(Quantity(past.quantity.value, past.unit), past.quantity, past.score),
                cost=None, source=HistorySource.TABLE,
            )
        )  # fmt: skip
    newest = decided.calendar.period.value.end if decided.calendar.period else None
    if newest is None and decided.calendar.statement:
        newest = decided.calendar.statement.value
    done = {(month.month, month.commodity) for month in made}
    known = {total.amount.commodity: KnownUsage(total.amount.value, total.amount.unit) for total in decided.totals}
    return (*made, *chart_history(sight, decided.context, decided.unit, newest, done, known))


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


def _findings(reading: Reading) -> Iterable[Finding]:
    for proof in reading.proofs:
        if proof.verdict.value == "fail":
            yield Finding(
                rule_id=proof.rule_id, sentence=f"The bill's own numbers do not agree: {proof.statement}.",
                data=(("residual", str(proof.residual)),),
            )  # fmt: skip


def demand_units() -> frozenset[Unit]:
    """Return the units of demand."""
    return POWER_UNITS
