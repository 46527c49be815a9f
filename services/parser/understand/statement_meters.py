"""The meters of a statement: decided reads and totals made into the meters and usages of its reading."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from domain.evidence import Evidence, Fact, Method
from domain.period import Period
from domain.quantity import Commodity, Quantity, Unit
from domain.reading import (
    Meter,
    Usage,
    UsageKind,
)  # fmt: skip
from services.parser.understand.decide import Decided
from services.parser.understand.fields.guess import confidence_of, fact
from services.parser.understand.fields.tariff import tariffs
from services.parser.understand.layout.rows import Segment
from services.parser.understand.layout.tokens import Token, evidence
from services.parser.understand.metering.agreement import LOSSES_MAX
from services.parser.understand.metering.registers import MeterRead, Register, meter_total, outer_reads, sum_of
from services.parser.understand.metering.usage import Total, commodity_of_meter
from services.parser.understand.naming.identifiers import Identifier
from services.parser.understand.naming.numbers import named
from services.parser.understand.sight import Sight
from services.parser.understand.values.units import USAGE_UNITS, VOLUME_UNITS

METERED_SHARE_MIN = Decimal("0.99")
"""Meters that make less than this share of the bill's usage were read without their multiplier."""
CORRECTED_SHARE_MIN = Decimal("0.9")
"""Volumes of gas are billed as what they would be under standard pressure, up to a tenth more than the meter counted."""

LEVEL_STEP = 0.15
"""A tariff on the meter's own line goes before one named for all that scores so much more at most."""
OF_OTHER_SHARE = 0.6
"""How sure a tariff is of one fuel that stands under the heading of the other."""
LONE_DIGITS_MIN = 4
"""A meter's number without reads beside it has so many digits."""
BESIDE_POINTS = 30.0
"""A tariff stands so near behind the number of the meter that it is of."""
PREVIOUS_SHARE_MIN = Decimal("0.1")
"""A previous read below this share of the current one is of a new meter, or no read."""


def meters_and_usages(
    sight: Sight, decided: Decided, period: Fact[Period] | None
) -> tuple[tuple[Meter, ...], tuple[Usage, ...]]:
    """Return the meters of the statement, and every usage: the bill's totals first, then those of each meter."""
    meters: list[Meter] = []
    usages: list[Usage] = []
    span = period.value if period else None
    tariffs_told = list(tariffs(sight))
    for total in decided.totals:
        quantity = fact(
            Quantity(_plain(total.amount.value), total.amount.unit),
            total.token,
            min(total.score + 0.05 * total.agree, 1.0),
        )
        if total.made:
            quantity = replace(quantity, evidence=replace(quantity.evidence, method=Method.DERIVED))
        usages.append(Usage(quantity=quantity, kind=UsageKind.TOTAL, commodity=total.amount.commodity, period=span))
    for number, read in enumerate(decided.meters, start=1):
        key = str(number)
        registers, own = meter_total(read)
        unit = own or _unit_by_value(decided, registers) or decided.unit or _unit_of_sum(decided, read)
        commodity = _commodity_of(decided, read, unit)
        if commodity is None:
            continue
        first = registers[0] if registers else read.registers[0]
        older, newer = outer_reads(registers)
        meters.append(
            Meter(
                meter_key=key, commodity=commodity,
                number=read.number.fact() if read.number else None,
                service_point_id=first_of(distinct(named(sight, "service_point"))) if len(decided.meters) == 1 else None,
                tariff=_tariff(sight, tariffs_told, decided, commodity, read),
                period=period,
                previous_read=fact(older.value, older, first.score) if older else None,
                current_read=fact(newer.value, newer, first.score) if newer else None,
                multiplier=fact(first.multiplier.value, first.multiplier, first.score) if first.multiplier else None,
                therm_factor=fact(first.factor.value, first.factor, first.score) if first.factor else None,
                read_kind=read.kind,
            )
        )  # fmt: skip
        if not _contradicted(decided, commodity, unit):
            usages.extend(_usages_of(read, key, commodity, unit, span, decided))
        elif (whole := _made_by_more(decided, read, commodity)) is not None:
            usages.append(
                Usage(
                    quantity=fact(Quantity(_plain(whole.amount.value), whole.amount.unit), whole.token, whole.score),
                    kind=UsageKind.TOTAL, commodity=commodity, meter_key=key, period=span,
                )
            )  # fmt: skip
    usages.extend(
        Usage(
            quantity=fact(Quantity(_plain(one.token.value), one.unit), one.token, one.score), kind=UsageKind.DEMAND,
            commodity=Commodity.ELECTRICITY, period=span, label=one.label,
        )
        for one in decided.demands
    )  # fmt: skip
    meters, usages = _lone_meters(sight, decided, meters, usages, period, tariffs_told)
    return tuple(meters), tuple(usages)


def lines_of_meters(decided: Decided) -> dict[Commodity, list[tuple[int, int]]]:
    """Return the page and row of each meter's first register, by what it measures."""
    lines: dict[Commodity, list[tuple[int, int]]] = {}
    for read in decided.meters:
        registers, own = meter_total(read)
        commodity = _commodity_of(decided, read, own or _unit_by_value(decided, registers) or decided.unit)
        if commodity is not None:
            lines.setdefault(commodity, []).append((read.page, read.registers[0].row))
    return lines


def _contradicted(decided: Decided, commodity: Commodity, unit: Unit | None) -> bool:
    """Tell whether the bill's total says that its meters of a commodity measured more than their reads seem to make."""
    total = next((one.amount for one in decided.totals if one.amount.commodity is commodity), None)
    if total is None or unit is not total.unit:
        return False
    own = [read for read in decided.meters if _commodity_of(decided, read, meter_total(read)[1] or unit) is commodity]
    sums = [amount for read in own if (amount := sum_of(read)) is not None]
    printed = all(register.usage is not None for read in own for register in meter_total(read)[0])
    corrected = commodity is Commodity.GAS and unit in VOLUME_UNITS and printed
    least = CORRECTED_SHARE_MIN if corrected else METERED_SHARE_MIN
    return len(sums) == len(own) and sum(sums, Decimal(0)) < total.value * least


def _made_by_more(decided: Decided, read: MeterRead, commodity: Commodity) -> Total | None:
    """Return the total of a bill with one meter of a commodity whose reads make it with a multiplier that is printed nowhere."""
    total = next((one for one in decided.totals if one.amount.commodity is commodity), None)
    advance = sum_of(read)
    own = [one for one in decided.meters if _commodity_of(decided, one, meter_total(one)[1]) is commodity]
    if total is None or len(own) > 1 or not advance or total.amount.value <= advance:
        return None
    return total if total.amount.value % advance == 0 else None


def _unit_by_value(decided: Decided, registers: list[Register]) -> Unit | None:
    """Return the unit of the bill's total that a meter without a printed unit measured."""
    amount = sum((value for register in registers if (value := register.value) is not None), Decimal(0))
    return next((total.amount.unit for total in decided.totals if amount and total.amount.value == amount), None)


def _unit_of_sum(decided: Decided, read: MeterRead) -> Unit | None:
    """Return the unit of the bill's total that the meters of one commodity without a printed unit measured together."""
    commodity = commodity_of_meter(decided.context, read, None)
    own = [one for one in decided.meters if commodity_of_meter(decided.context, one, meter_total(one)[1]) is commodity]
    whole = sum((amount for one in own if (amount := sum_of(one)) is not None), Decimal(0))
    alike = (total.amount for total in decided.totals if total.amount.commodity is commodity)
    return next((amount.unit for amount in alike if whole and amount.value == whole), None)


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
    values = [(register, value) for register in registers if (value := register.value) is not None]
    total = next((one for one in decided.totals if one.amount.commodity is commodity), None)
    made = [(r, v, r.usage or r.current) for r, v in values]
    if len(made) == 1 and (token := made[0][2]) is not None:
        register, amount, _ = made[0]
        converted = register.factor is not None and register.usage is None
        if converted and total is not None and len(decided.meters) == 1:
            yield usage(total.amount.value, total.amount.unit, total.token, total.score)
        if converted and register.difference is not None and register.unit is not None:
            yield usage(register.difference.value, register.unit, register.difference, register.score, label="measured")
        elif not converted and unit in USAGE_UNITS and unit is not None:
            kind = UsageKind.NET if register.kind is UsageKind.NET else UsageKind.TOTAL
            measured = register.difference
            wired = commodity is Commodity.ELECTRICITY and measured is not None and measured.value == register.advance
            if wired and measured and measured.value < amount <= measured.value * LOSSES_MAX:
                amount, token = measured.value, measured  # what wires lose is billed, the meter did not measure it
            whole = usage(amount, unit, token, register.score, kind, register.label)
            made_of = whole.quantity if register.usage else _made_of_reads(register, whole.quantity, decided, total)
            if made_of is not None:
                yield replace(whole, quantity=made_of)
            if measured is not None and measured.number and measured.number.unit and register.factor is not None:
                yield usage(measured.value, measured.number.unit, measured, register.score, label="measured")
    elif len(made) > 1 and unit is not None and unit in USAGE_UNITS and made[0][2] is not None:
        yield Usage(
            quantity=_summed(values, unit), kind=UsageKind.TOTAL, commodity=commodity, meter_key=key, period=span
        )
    for register in read.registers:
        value, token = register.value, register.usage or register.current
        real = register.unit or unit
        if (
            value is not None
            and token is not None
            and real is not None
            and not (len(registers) == 1 and register is registers[0])
        ):
            yield usage(value, real, token, register.score, register.kind, register.label)


def _made_of_reads(
    register: Register, quantity: Fact[Quantity], decided: Decided, total: Total | None
) -> Fact[Quantity] | None:
    """Return what a meter's reads make, derived, both reads its ground; for a lone meter the bill's printed usage judges it.

    Reads are printed without the fraction that the usage counts, so two of them may miss it by one of their last digits: the
    printed usage is returned then. Where they miss it by more and the meter would have counted nearly all that it ever did in
    one period, the previous read is none, and nothing is returned.
    """
    if (
        total is not None
        and not total.made
        and len(decided.meters) == 1
        and total.amount.unit is quantity.value.unit
        and total.amount.value != quantity.value.amount
    ):
        step = abs(register.multiplier.value) if register.multiplier else Decimal(1)
        if abs(total.amount.value - quantity.value.amount) <= step:
            return fact(Quantity(_plain(total.amount.value), total.amount.unit), total.token, total.score)
        if (
            register.previous
            and register.current
            and register.previous.value < PREVIOUS_SHARE_MIN * register.current.value
        ):
            return None
    if register.previous is None or register.current is None:
        return quantity
    least = min(
        evidence(token, quantity.evidence.confidence).confidence for token in (register.previous, register.current)
    )
    text = f"{register.current.text} - {register.previous.text}"
    return Fact(quantity.value, replace(quantity.evidence, text=text, confidence=least, method=Method.DERIVED))


def _summed(values: list[tuple[Register, Decimal]], unit: Unit) -> Fact[Quantity]:
    """Return the sum of a meter's registers as a derived quantity, its evidence at the first of them."""
    tokens = [token for register, _ in values if (token := register.usage or register.current) is not None]
    ground = Evidence(
        text=" + ".join(token.text for token in tokens), page=tokens[0].page, box=tokens[0].box,
        confidence=confidence_of(0.85, tokens[0].segment.method), method=Method.DERIVED,
    )  # fmt: skip
    return Fact(Quantity(_plain(sum((value for _, value in values), Decimal(0))), unit), ground)


def _lone_meters(
    sight: Sight, decided: Decided, meters: list[Meter], usages: list[Usage], period: Fact[Period] | None,
    tariffs_told: list[Identifier],
) -> tuple[list[Meter], list[Usage]]:  # fmt: skip
    """Add a meter for each usage of the bill that none of its meters measured and that one printed meter number is of."""
    lacking = [one for one in decided.totals if all(meter.commodity is not one.amount.commodity for meter in meters)]
    known = {_squeezed(meter.number.value) for meter in meters if meter.number}
    numbers: dict[str, Identifier] = {}
    for one in named(sight, "meter_number"):
        if sum(c.isdigit() for c in one.text) >= LONE_DIGITS_MIN and one.squeezed.lstrip("0") not in known:
            numbers.setdefault(one.squeezed.lstrip("0"), one)
    points = named(sight, "service_point", digits_min=6) if len(decided.totals) == 1 else []
    for total in lacking:
        commodity = total.amount.commodity
        own = list(numbers.values())
        if len(decided.totals) > 1:
            own = [one for one in own if decided.context.at(one.segment.page, one.segment.row) is commodity]
            own = own if len(own) == 1 else []
        if not own and not points:
            continue
        key = str(len(decided.meters) + len(meters) + 1) if meters else "1"
        meters.append(
            Meter(
                meter_key=key, commodity=commodity, number=own[0].fact() if own else None, service_point_id=first_of(points),
                tariff=_tariff(sight, tariffs_told, decided, commodity, own[0] if own else None), period=period,
            )
        )  # fmt: skip
        usages.append(replace(usages[decided.totals.index(total)], meter_key=key))
    return meters, usages


def _squeezed(number: str) -> str:
    return "".join(c for c in number if c.isalnum()).upper().lstrip("0")


def _tariff(
    sight: Sight, found: list[Identifier], decided: Decided, commodity: Commodity, at: MeterRead | Identifier | None
) -> Fact[str] | None:
    """Return the tariff's name as printed: that of the meter's commodity and nearest before it where there are several."""
    if not found:
        return None
    best = max(one.score for one in found)
    strong = [one for one in found if one.score >= best - 0.1]
    number = at.number if isinstance(at, MeterRead) else at
    beside = [one for one in strong if number is not None and _right_of(number.segment, one.segment)]
    if beside:
        return beside[0].fact()  # "Meter E-7712 · Plan: Time-Wise Home"
    others = {one.amount.commodity for one in decided.totals} - {commodity}
    own = [one for one in strong if decided.context.headed_alone(one.segment.page, one.segment.row) not in others]
    page, row = _place(at) if at is not None else (0, 0)
    if isinstance(at, MeterRead) and not own and decided.context.headed_alone(page, row) is commodity:
        return None  # it stands under the heading of another service, the meter under that of its own
    # Where all names stand under the heading of the other fuel, they may be of both or of that one alone.
    strong = own or [replace(one, score=one.score * OF_OTHER_SHARE) for one in strong]
    chosen = strong[0]
    if at is not None:
        near = [
            one
            for one in found
            if one.score >= best - LEVEL_STEP and (one.segment.page, one.segment.row) == (page, row)
        ]
        strong = near if near and isinstance(at, MeterRead) else strong
        before = [one for one in strong if one.segment.page == page and one.segment.row <= row]
        after = [one for one in strong if one.segment.page == page and one.segment.row > row]
        again = _over_number_again(sight, strong, number) if number and len(after) > 1 and not before else None
        chosen = before[-1] if before else again or (after[0] if after else chosen)
        on_line = (one for one in before if one.segment.row == chosen.segment.row)
        chosen = max(on_line, key=lambda one: one.score, default=chosen)  # the first of several facts of a line
        abreast = [one for one in strong if (one.segment.page, one.segment.row) == (page, chosen.segment.row)]
        several = len({one.segment.index for one in abreast}) > 1
        others_beside = sum((read.page, read.registers[0].row) == (page, row) for read in decided.meters) > 1
        if isinstance(at, MeterRead) and several and others_beside and (token := at.registers[0].current) is not None:
            # Meters in columns have their tariffs under them.
            chosen = min(abreast, key=lambda one: abs(one.segment.box.left - token.box.left))
    return chosen.fact()


def _place(at: MeterRead | Identifier) -> tuple[int, int]:
    """Return the line of a meter, by its page (from 1) and row: that of its first read, else that of its number."""
    return (at.page, at.registers[0].row) if isinstance(at, MeterRead) else (at.segment.page, at.segment.row)


def _over_number_again(sight: Sight, found: list[Identifier], number: Identifier) -> Identifier | None:
    """Return the tariff whose section prints the meter's number again (``Subtotal meter EV0084416`` under its charges)."""
    own = number.segment.page, number.segment.row
    if len(number.squeezed) < LONE_DIGITS_MIN:
        return None  # so short a number stands within others
    for row in (row for sheet in sight.sheets for row in sheet.rows if (row.page, row.index) > own):
        if any(number.squeezed in one.text.upper() for one in row.segments):
            over = [one for one in found if one.segment.page == row.page and one.segment.row < row.index]
            if over:
                return over[-1]
    return None


def _right_of(number: Segment, other: Segment) -> bool:
    """Tell whether a text stands right behind a meter's number on its line."""
    same = (number.page, number.row) == (other.page, other.row)
    return same and 0 <= other.box.left - number.box.right < BESIDE_POINTS


def first_of(found: list[Identifier]) -> Fact[str] | None:
    """Return the likeliest identifier as a fact, None where it is too weak."""
    return found[0].fact() if found and found[0].score >= 0.4 else None


def distinct(found: list[Identifier]) -> list[Identifier]:
    """Return the identifiers that are long enough to name one thing."""
    return [one for one in found if len(one.squeezed) >= 3]
