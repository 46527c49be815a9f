"""The values that forms have places for: ``{amount_due}``, ``{due_date:mdy_slash}``, ``{total/delivery}``.

Each is written in the family's way, or in the way after the colon, and recorded as printed.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from bench.bills.forms.markup import Loop
from bench.bills.model.bill import ZERO, Bill, Charge, HistoryMonth, Meter, Register, cents
from bench.bills.paper.press import Press
from bench.bills.wording.formats import Formats

PLACE = re.compile(r"\{([\w/.+-]+)(?::(\w+))?\}")
Values = dict[str, Callable[[str], str | None]]


class Absent(Exception):
    """This bill has no such value: the line is left out."""


def filled(press: Press, text: str, own: Values | None = None) -> str:
    """Return a text with its places filled.

    Raises:
        Absent: a value that the bill does not have.
        KeyError: no bill has such a value.
    """

    def fill(found: re.Match[str]) -> str:
        name, manner = found[1], found[2] or ""
        value = own[name](manner) if own and name in own else value_of(press, name, manner)
        if value is None:
            raise Absent(name)
        return value

    return PLACE.sub(fill, text)


def formats_of(press: Press, manner: str) -> Formats:
    """Return the family's way of writing, with another way for dates where one is named."""
    if "_" not in manner and manner != "iso":
        return press.formats
    own = press.formats
    return Formats(replace(own.convention, dates=manner), own.symbol, own.currency, own.words)


def money(press: Press, key: str, value: Decimal | None, manner: str) -> str | None:
    """Write an amount: ``abs`` without its sign, ``bare`` without its currency."""
    if value is None:
        return None
    value = abs(value) if "abs" in manner else value
    bare = "bare" in manner
    if not key:
        return press.formats.money(value, bare=bare)
    return press.money(key, value, bare=bare)


def value_of(press: Press, name: str, manner: str) -> str | None:
    """Return the text of a value of the bill, recorded, or None where the bill has none."""
    bill, formats = press.bill, formats_of(press, manner)
    head, _, tail = name.partition("/")
    own, paid = bill.previous_balance, bill.payments
    amounts: dict[str, tuple[str, Decimal | None]] = {
        "amount_due": ("total_amount_due", bill.amount_due),
        "new_charges": ("new_charges", bill.new_charges if bill.instalment is None else None),
        "actual_charges": ("actual_charges", bill.new_charges if bill.instalment is not None else None),
        "instalment": ("", bill.instalment),
        "previous_balance": ("previous_balance", own),
        "payments": ("payments_received", -paid if paid else paid),
        "forward": ("", None if own is None else own - (paid or ZERO) + (bill.adjustment or ZERO)),
        "past_due": ("", own - (paid or ZERO) if own and own > (paid or ZERO) else None),
        "adjustment": ("", bill.adjustment),
        "late_amount": ("", cents(bill.amount_due * Decimal("1.015"))),
        "late_fee": ("", cents(bill.amount_due * Decimal("0.015"))),
        "year_to_date": ("", cents(bill.new_charges * Decimal("6.37"))),
        "last_year_cost": ("", cents(bill.new_charges * Decimal("0.93"))),
        "cost_a_day": ("", cents(bill.new_charges / bill.days)),
        "deposit": ("", Decimal("150.00")),
        "zero": ("", ZERO + Decimal("0.00")),
    }
    if name in amounts:
        return money(press, *amounts[name], manner)
    dates = {
        "payment_date": bill.payment_date, "late_date": bill.due_date + timedelta(days=5), "next_read": bill.next_read,
        "print_date": bill.statement_date + timedelta(days=1), "last_statement": bill.statement_date - timedelta(days=30),
    }  # fmt: skip
    if name in dates:
        return formats.date(dates[name])
    recorded = {"statement_date": bill.statement_date, "due_date": bill.due_date, "from": bill.first, "to": bill.last}
    if name in recorded:
        return press.mark(name, formats.date(recorded[name]))
    if name == "period":
        return press.mark("period", formats.period(bill.first, bill.last))
    if head in ("total", "cost", "usage_of") and tail:
        return sum_of(press, head, tail, manner)
    if head == "meter":
        return meter_values(press, 0, bill.meters[0])[tail](manner)
    return text_of(press, name)


def text_of(press: Press, name: str) -> str | None:
    """Return the text of a value that is no amount and no date."""
    bill, formats = press.bill, press.formats
    match name:
        case "utility":
            return press.mark("utility", bill.utility.name)
        case "UTILITY":
            return press.mark("utility", bill.utility.name).upper()
        case "web" | "phone":
            return str(getattr(bill.utility, name))
        case "sender1" | "sender2":
            return bill.utility.address[int(name[-1]) - 1]
        case "street" | "town":
            return bill.customer.address[name == "town"]
        case "usage_a_day":
            return formats.number(bill.main.usage / bill.days, places=1)
        case "settlement":
            return press.words.label("amount_due" if bill.amount_due >= 0 else "credit_due")
        case "average_price":
            return formats.number(bill.new_charges * 100 / bill.main.usage, places=1)
        case "usage_last_year":
            return formats.quantity(_used_a_year_ago(bill))
        case "unit":
            return formats.unit(bill.main.unit)
        case "page":
            return f"{press.sheet.page}"
        case "pages":
            return f"{press.pages}"
        case "account_digits":
            return re.sub(r"\D", "", bill.account_number)
        case "cents":
            return f"{abs(int(bill.amount_due * 100)):010d}"
        case "subscribed":
            powers = [
                charge.quantity for charge in bill.charges if charge.days is not None and charge.quantity is not None
            ]
            return formats.with_unit(powers[0], "kW") if powers else None
        case "demand":
            demand = bill.main.demand_kw
            return None if demand is None else press.mark("electricity.demand", formats.with_unit(demand, "kW"))
        case _:
            pair = press.identity(name)
            return pair[1] if pair else None


def _used_a_year_ago(bill: Bill) -> Decimal:
    """Return what the history says of the month a year before the newest, else a tenth more than this bill's use."""
    newest = bill.history[-1].month if bill.history else None
    back = (newest.year - 1, newest.month) if newest else None
    told = (one.quantity for one in bill.history if (one.month.year, one.month.month) == back)
    return next(told, (bill.main.usage * Decimal("1.1")).quantize(Decimal(1)))


def sum_of(press: Press, head: str, which: str, manner: str) -> str | None:
    """Return the total of a section, or cost or usage of a commodity."""
    bill = press.bill
    if head == "total":
        mine = [charge.amount for _, charge in charges_of(press, which)]
        if not mine:
            return None
        text = press.mark(f"subtotal.{which}", press.formats.money(sum(mine, ZERO), bare="bare" in manner))
        for commodity in commodities_summed(press, which):
            press.mark(f"subtotal.{commodity}", text)
        return text
    service = bill.service(which)
    if service is None:
        return None
    if head == "cost":
        return money(press, f"{which}.cost", service.cost, manner)
    text = (
        press.formats.quantity(service.usage)
        if manner == "bare"
        else press.formats.with_unit(service.usage, service.unit)
    )
    return press.mark(f"{which}.usage", text)


def charges_of(press: Press, which: str) -> list[tuple[int, Charge]]:
    """Return the charges of ``section``, ``commodity.section``, ``-section`` (all but it), or all, with their places."""
    commodity, _, section = which.rpartition(".") if "." in which else ("", "", which)
    wanted, besides = section.lstrip("-").split("+"), section.startswith("-")
    return [
        (index, charge)
        for index, charge in enumerate(press.bill.charges)
        if (not commodity or charge.commodity == commodity)
        and (not section or (charge.section in wanted) is not besides)
    ]


def commodities_summed(press: Press, which: str) -> list[str]:
    """Return the commodities whose charges before taxes and rebates are just what a total is of: it may bear their name."""
    mine = {index for index, _ in charges_of(press, which)}
    return [
        service.commodity
        for service in press.bill.services
        if mine == {index for index, _ in charges_of(press, f"{service.commodity}.-taxes+rebates")}
    ]


def each(press: Press, loop: Loop) -> Iterator[Values]:
    """Yield the values of each charge, meter or month of a loop."""
    match loop.what:
        case "charges":
            for index, charge in charges_of(press, loop.which):
                yield charge_values(press, index, charge)
        case "meters":
            for index, meter in enumerate(press.bill.meters):
                if not loop.which or meter.commodity == loop.which:
                    yield meter_values(press, index, meter)
        case "history":
            for index, month in months_of(press, loop.which):
                yield month_values(press, index, month)
        case "registers":
            for register in press.bill.main.meters[0].registers:
                if not loop.which or register.concept in loop.which.split("+"):
                    yield register_values(press, register)
        case unknown:
            raise KeyError(unknown)


def months_of(press: Press, which: str) -> list[tuple[int, HistoryMonth]]:
    """Return so many past months, oldest first, or newest first where negative; ``-12..24`` leaves out the first 12."""
    rows = list(enumerate(press.bill.history))
    skipped, _, count = which.rpartition("..")
    newest_first = which.startswith("-")
    most = abs(int(count or len(rows)))
    chosen = rows[::-1][:most] if newest_first else rows[-most:]
    return chosen[abs(int(skipped or 0)) :]


def register_values(press: Press, register: Register) -> Values:
    """Return the values of one register of the first meter."""
    formats = press.formats
    return {
        "name": lambda _: press.words.label(register.concept),
        "read_from": lambda _: formats.quantity(register.read_from),
        "read_to": lambda _: formats.quantity(register.read_to),
        "used": lambda _: formats.quantity(register.usage),
        "unit": lambda _: formats.unit(press.bill.main.unit),
    }


def charge_values(press: Press, index: int, charge: Charge) -> Values:
    """Return the values of one charge; lines that need a quantity are left out where it has none."""
    formats = press.formats
    return {
        "text": lambda _: press.charge_text(charge),
        "amount": lambda manner: money(press, f"line_items.{index}", charge.amount, manner),
        "quantity": lambda _: formats.quantity(charge.quantity) if charge.quantity is not None else "",
        "unit": lambda _: formats.unit(charge.unit) if charge.quantity is not None else "",
        "rate": lambda manner: (
            (formats.number if manner == "bare" else formats.rate)(charge.rate) if charge.rate else ""
        ),
        "basis": lambda manner: _basis(press, charge, {"at": "at", "at_sign": "@"}.get(manner, "x")),
        "meter": lambda _: press.bill.main.meters[charge.meter or 0].number,
        "percent": lambda _: "" if charge.percent is None else formats.number(abs(charge.percent)),
        "base": lambda manner: "" if charge.base is None else formats.money(charge.base, bare="bare" in manner),
        "days_counted": lambda _: "" if charge.days is None else formats.quantity(charge.days),
    }


def _basis(press: Press, charge: Charge, sign: str) -> str:
    if charge.quantity is None or charge.rate is None:
        return ""
    formats = press.formats
    counted = f"{formats.quantity(charge.quantity)} {formats.unit(charge.unit)}"
    if charge.days is not None:
        counted += f" {sign} {formats.quantity(charge.days)} {formats.unit('day')}"
    return f"{counted} {sign} {formats.rate(charge.rate)}"


def meter_values(press: Press, index: int, meter: Meter) -> Values:
    """Return the values of one meter."""
    formats = press.formats

    def put(key: str, value: Decimal | None) -> str | None:
        return None if value is None else press.mark(f"meters.{index}.{key}", formats.quantity(value))

    def used(_: str) -> str | None:
        if sum(other.commodity == meter.commodity for other in press.bill.meters) == 1:
            press.mark(f"{meter.commodity}.usage", formats.quantity(meter.usage))
        return put("consumption", meter.usage)

    def demand(_: str) -> str | None:
        if meter.demand_kw is None:
            return None
        return press.mark("electricity.demand", formats.quantity(meter.demand_kw))

    def difference(_: str) -> str | None:
        if meter.read_from is None or meter.read_to is None:
            return None
        return formats.quantity(meter.read_to - meter.read_from)

    return {
        "number": lambda _: press.mark(f"meters.{index}.id", meter.number),
        "read_from": lambda _: put("read_from", meter.read_from),
        "read_to": lambda _: put("read_to", meter.read_to),
        "multiplier": lambda _: put("multiplier", meter.multiplier),
        "used": used,
        "difference": difference,
        "factor": lambda _: None if meter.factor is None else formats.number(meter.factor),
        "factor1": lambda _: formats.number(meter.factors[0]) if meter.factors else None,
        "factor2": lambda _: formats.number(meter.factors[1]) if meter.factors else None,
        "volume": lambda _: None if meter.volume is None else formats.quantity(meter.volume),
        "volume_unit": lambda _: formats.unit(meter.volume_unit),
        "unit": lambda _: formats.unit(meter.unit),
        "tariff": lambda _: press.mark(f"meters.{index}.tariff", meter.tariff),
        "kind": lambda manner: kind_of_read(press, meter, manner),
        "demand": demand,
        "service_point": lambda _: meter.service_point,
    }


def kind_of_read(press: Press, meter: Meter, manner: str) -> str:
    """Return whether a meter was read, in plain English or, as ``label``, in the family's own word."""
    if manner == "label":
        return press.words.label("estimated" if meter.estimated else "actual")
    return "Estimated" if meter.estimated else "Actual"


def month_values(press: Press, index: int, month: HistoryMonth) -> Values:
    """Return the values of one past month."""
    formats = press.formats
    return {
        "month": lambda manner: replaced_months(press, manner).month(month.month),
        "quantity": lambda _: press.mark(f"history.{index}", formats.quantity(month.quantity)),
        "days": lambda _: str(month.days),
        "kind": lambda _: press.words.label("estimated" if month.estimated else "actual"),
        "cost": lambda manner: money(press, "", month.cost, manner),
        "a_day": lambda _: formats.number(month.quantity / month.days, places=1),
    }


def replaced_months(press: Press, manner: str) -> Formats:
    """Return the family's way of writing, with another way for months where one is named."""
    own = press.formats
    return Formats(replace(own.convention, months=manner), own.symbol, own.currency, own.words) if manner else own
