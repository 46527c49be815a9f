"""The two sample bills that ship with the product: one whose sums all hold, and one with a slip that a proof finds.

Utility, customer and numbers are invented. Drawn apart from the bench's layout families, so that neither bends to the other.
"""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from bench.bills.paper.sheet import LETTER, WHITE, Sheet

CENT = Decimal("0.01")
GREEN, PALE, GREY = 0x1D6B4F, 0xE8F1EC, 0x5A5F5C
UTILITY = "Example Valley Power & Light"
CUSTOMER = ("Alex Example", "100 Sample Street", "Exampleville, CO 80000")
ACCOUNT = "3001-4482-7"
METER = "40718263"
TARIFF = "Residential General Service R-1"
MULTIPLIER = 10
TIER_KWH = 500
KWH_BY_MONTH = (640, 560, 510, 530, 690, 820, 860, 720, 550, 540, 610, 700)
"""Usage of January to December of an ordinary year [kWh]."""


@dataclass(frozen=True, slots=True)
class Item:
    """One printed charge; ``basis`` is the printed sum it comes from."""

    text: str
    basis: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class SampleBill:
    """Everything that one sample prints."""

    name: str
    invoice: str
    first: date
    last: date
    statement: date
    due: date
    previous_read: int
    current_read: int
    previous_balance: Decimal
    payment: Decimal
    """As printed."""
    items: tuple[Item, ...]
    new_charges: Decimal
    history: tuple[tuple[date, int, int], ...]

    @property
    def usage(self) -> int:
        """Billed energy [kWh]."""
        return (self.current_read - self.previous_read) * MULTIPLIER

    @property
    def days(self) -> int:
        """Length of the period, both printed days included [days]."""
        return (self.last - self.first).days + 1


def cents(value: Decimal) -> Decimal:
    """Round half up to whole cents."""
    return value.quantize(CENT, ROUND_HALF_UP)


def charged(kwh: int) -> tuple[Item, ...]:
    """Return the charges for an amount of energy [kWh], taxes last."""
    first, rest = min(kwh, TIER_KWH), max(kwh - TIER_KWH, 0)
    rows = [Item("Customer charge", "", Decimal("12.50"))]
    for text, quantity, rate in (
        (f"Energy charge, first {TIER_KWH} kWh", first, "0.11240"),
        (f"Energy charge, over {TIER_KWH} kWh", rest, "0.13910"),
        ("Delivery charge", kwh, "0.04215"),
        ("Fuel adjustment", kwh, "0.00735"),
    ):
        rows.append(Item(text, f"{quantity} kWh x ${rate}", cents(quantity * Decimal(rate))))
    taxable = sum((row.amount for row in rows), Decimal(0))
    rows.append(Item("Franchise fee", f"3.00% of ${taxable}", cents(taxable * Decimal("0.03"))))
    rows.append(Item("State sales tax", f"2.90% of ${taxable}", cents(taxable * Decimal("0.029"))))
    return tuple(rows)


def total(items: tuple[Item, ...]) -> Decimal:
    """Add the amounts up."""
    return sum((item.amount for item in items), Decimal(0))


def month_back(day: date, months: int) -> date:
    """Return the first day of the month so many months before ``day``."""
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def kwh_of(month: date) -> int:
    """Return what the sample customer used in a month [kWh]; both samples tell the same past."""
    known = {date(2026, 3, 1): 620, date(2026, 4, 1): 540}
    ordinary = KWH_BY_MONTH[month.month - 1] + 12 * ((month.year + month.month) % 5) - 20
    return known.get(month, ordinary)


def history_until(first: date) -> tuple[tuple[date, int, int], ...]:
    """Return (first day of month, days, kWh) of the 13 months up to the billed one, oldest first."""
    months = [month_back(first, back) for back in range(12, -1, -1)]
    return tuple((month, ((month + timedelta(days=32)).replace(day=1) - month).days, kwh_of(month)) for month in months)


def good_bill() -> SampleBill:
    """Return the sample on which every accounting identity holds."""
    first, last = date(2026, 3, 1), date(2026, 3, 31)
    items = charged(kwh_of(first))
    return SampleBill(
        name="sample-bill",
        invoice="EV-2026-0041873",
        first=first,
        last=last,
        statement=date(2026, 4, 3),
        due=date(2026, 4, 24),
        previous_read=48217,
        current_read=48279,
        previous_balance=total(charged(kwh_of(month_back(first, 1)))),
        payment=total(charged(kwh_of(month_back(first, 1)))),
        items=items,
        new_charges=total(items),
        history=history_until(first),
    )


def doubtful_bill() -> SampleBill:
    """Return the month after it, with two digits of the printed payment changed about: 122.39 for 122.93."""
    first, last = date(2026, 4, 1), date(2026, 4, 30)
    items = charged(kwh_of(first))
    return SampleBill(
        name="sample-bill-doubt",
        invoice="EV-2026-0057216",
        first=first,
        last=last,
        statement=date(2026, 5, 4),
        due=date(2026, 5, 25),
        previous_read=48279,
        current_read=48333,
        previous_balance=good_bill().new_charges,
        payment=Decimal("122.39"),
        items=items,
        new_charges=total(items),
        history=history_until(first),
    )


def us_date(day: date) -> str:
    """Write a date the long American way."""
    return f"{day:%B} {day.day}, {day.year}"


def draw(bill: SampleBill) -> bytes:
    """Return the bill as a PDF of two pages."""
    sheet = Sheet(LETTER, "helvetica", f"Sample bill {bill.invoice}")
    draw_letterhead(sheet, bill)
    draw_summary(sheet, bill)
    draw_coupon(sheet, bill)
    sheet.turn_page()
    draw_letterhead(sheet, bill)
    draw_meter(sheet, bill)
    draw_charges(sheet, bill)
    draw_history_table(sheet, bill)
    draw_history_chart(sheet, bill)
    return sheet.finish()


def draw_letterhead(sheet: Sheet, bill: SampleBill) -> None:
    """Draw the name of the utility and the strip of identifiers under it."""
    sheet.polygon([(40, 58), (56, 30), (60, 44), (72, 40), (54, 70), (52, 54)], fill=GREEN)
    sheet.text(82, 52, UTILITY, 18, face="bold", colour=GREEN)
    sheet.text(82, 66, "P.O. Box 12, Exampleville, CO 80000   Customer service 555-0100", 8, colour=GREY)
    sheet.text(572, 40, f"Page {sheet.page} of 2", 8, align="right", colour=GREY)
    sheet.box(40, 80, 532, 34, fill=PALE, stroke=None)
    fields = (
        ("Account number", ACCOUNT),
        ("Invoice number", bill.invoice),
        ("Statement date", us_date(bill.statement)),
        ("Due date", us_date(bill.due)),
    )
    for index, (label, value) in enumerate(fields):
        sheet.text(52 + index * 132, 93, label, 7.5, colour=GREY)
        sheet.text(52 + index * 132, 106, value, 10, face="bold")


def draw_summary(sheet: Sheet, bill: SampleBill) -> None:
    """Draw who is billed, for which days, and how the amount due comes about."""
    sheet.text(40, 146, "Service for", 8, colour=GREY)
    for index, line in enumerate(CUSTOMER):
        sheet.text(40, 160 + 13 * index, line, 10)
    sheet.text(320, 146, "Service period", 8, colour=GREY)
    sheet.text(320, 160, f"{us_date(bill.first)} - {us_date(bill.last)}", 10)
    sheet.text(320, 173, f"{bill.days} days", 10)
    sheet.text(320, 192, "Electricity used", 8, colour=GREY)
    sheet.text(320, 206, f"{bill.usage} kWh", 10)
    sheet.text(40, 250, "Account summary", 13, face="bold", colour=GREEN)
    sheet.rule(40, 256, 572, 256, colour=GREEN)
    rows = (
        ("Previous balance", f"${bill.previous_balance:,.2f}"),
        (f"Payment received {us_date(bill.first + timedelta(days=17))} - thank you", f"-${bill.payment:,.2f}"),
        ("New charges", f"${bill.new_charges:,.2f}"),
    )
    for index, (label, value) in enumerate(rows):
        sheet.text(40, 274 + 17 * index, label, 10)
        sheet.text(572, 274 + 17 * index, value, 10, align="right")
    sheet.box(300, 318, 272, 26, fill=GREEN, stroke=None)
    sheet.text(312, 335, "Total amount due", 12, face="bold", colour=WHITE)
    sheet.text(562, 335, f"${bill.new_charges:,.2f}", 12, face="bold", align="right", colour=WHITE)
    message = (
        "Thank you for paying on time. If your bill is hard to pay, call us before the due date and we will agree on "
        "a plan with you. To report an outage, day or night, call 555-0199. This is a sample bill of a utility that does "
        "not exist; nobody owes anything."
    )
    sheet.text(40, 392, "A word from us", 13, face="bold", colour=GREEN)
    for index, line in enumerate(sheet.wrapped(message, 9, 532)):
        sheet.text(40, 410 + 12 * index, line, 9)


def draw_coupon(sheet: Sheet, bill: SampleBill) -> None:
    """Draw the part that is torn off and sent back, which repeats what the top says."""
    sheet.rule(40, 610, 572, 610, dashed=True)
    sheet.text(306, 622, "Please return this part with your payment", 7, align="centre", colour=GREY)
    for index, line in enumerate((UTILITY, "P.O. Box 12", "Exampleville, CO 80000")):
        sheet.text(40, 650 + 13 * index, line, 10)
    rows = (
        ("Account number", ACCOUNT),
        ("Due date", us_date(bill.due)),
        ("Total amount due", f"${bill.new_charges:,.2f}"),
    )
    for index, (label, value) in enumerate(rows):
        sheet.box(330, 636 + 22 * index, 242, 22, stroke=GREY)
        sheet.text(338, 651 + 22 * index, label, 9)
        sheet.text(564, 651 + 22 * index, value, 10, face="bold", align="right")
    sheet.text(330, 722, "Amount enclosed  $ ______________", 9)


def draw_meter(sheet: Sheet, bill: SampleBill) -> None:
    """Draw the meter's reads and what follows from them."""
    sheet.text(40, 142, "Your meter", 13, face="bold", colour=GREEN)
    sheet.text(572, 142, f"Rate: {TARIFF}", 9, align="right")
    columns = (
        ("Meter number", METER),
        ("Previous read", f"{bill.previous_read}"),
        ("Current read", f"{bill.current_read}"),
        ("Difference", f"{bill.current_read - bill.previous_read}"),
        ("Multiplier", f"{MULTIPLIER}"),
        ("Usage", f"{bill.usage} kWh"),
    )
    sheet.box(40, 150, 532, 16, fill=PALE, stroke=None)
    for index, (label, value) in enumerate(columns):
        right = 120 + 90 * index
        sheet.text(right, 161, label, 8, align="right", colour=GREY)
        sheet.text(right, 178, value, 9.5, align="right")
    average = cents(Decimal(bill.usage) / bill.days)
    sheet.text(40, 198, f"Actual read. {bill.days} days, average {average} kWh a day.", 9)


def draw_charges(sheet: Sheet, bill: SampleBill) -> None:
    """Draw the charges and their total."""
    sheet.text(40, 228, "New charges", 13, face="bold", colour=GREEN)
    sheet.rule(40, 234, 572, 234, colour=GREEN)
    y = 250.0
    for item in bill.items:
        sheet.text(40, y, item.text, 9.5)
        sheet.text(440, y, item.basis, 9.5, align="right")
        sheet.text(572, y, f"${item.amount:,.2f}", 9.5, align="right")
        y += 15
    sheet.rule(440, y - 8, 572, y - 8)
    sheet.text(40, y + 6, "Total new charges", 10, face="bold")
    sheet.text(572, y + 6, f"${bill.new_charges:,.2f}", 10, face="bold", align="right")


def draw_history_table(sheet: Sheet, bill: SampleBill) -> None:
    """Draw the 13 months as a table."""
    sheet.text(40, 408, "Usage history", 13, face="bold", colour=GREEN)
    sheet.box(40, 416, 200, 16, fill=PALE, stroke=None)
    for right, label in ((80, "Month"), (150, "Days"), (230, "kWh")):
        sheet.text(right, 427, label, 8, align="right", colour=GREY)
    for index, (month, days, kwh) in enumerate(bill.history):
        y = 444 + 14 * index
        sheet.text(80, y, f"{month:%b %Y}", 9, align="right")
        sheet.text(150, y, f"{days}", 9, align="right")
        sheet.text(230, y, f"{kwh}", 9, align="right")


def draw_history_chart(sheet: Sheet, bill: SampleBill) -> None:
    """Draw the same 13 months as bars against an axis."""
    left, right, top, bottom, most = 300.0, 572.0, 440.0, 600.0, 1000
    sheet.text(left, 427, "kWh used each month", 8, colour=GREY)
    for step in range(0, most + 1, 250):
        y = bottom - (bottom - top) * step / most
        sheet.rule(left, y, right, y, weight=0.4, colour=0xB8C2BC)
        sheet.text(left - 6, y + 2.5, f"{step}", 7, align="right", colour=GREY)
    pitch = (right - left) / len(bill.history)
    for index, (month, _, kwh) in enumerate(bill.history):
        height = (bottom - top) * kwh / most
        sheet.box(left + pitch * index + 4, bottom - height, pitch - 8, height, fill=GREEN, stroke=None)
        sheet.text(left + pitch * (index + 0.5), bottom + 10, f"{month:%b}", 7, align="centre")
        sheet.text(left + pitch * (index + 0.5), bottom + 19, f"{month:%y}", 7, align="centre")


def truth(bill: SampleBill) -> dict[str, object]:
    """Return what the page prints, with the keys of the bench's truth files."""
    period = {"from": bill.first.isoformat(), "to": bill.last.isoformat()}
    return {
        "id": bill.name,
        "kind": "bill",
        "language": "en",
        "country": "US",
        "currency": "USD",
        "utility": UTILITY,
        "customer_class": "residential",
        "account_number": ACCOUNT,
        "invoice_number": bill.invoice,
        "statement_date": bill.statement.isoformat(),
        "due_date": bill.due.isoformat(),
        "billing_period_from": period["from"],
        "billing_period_to": period["to"],
        "billing_days": bill.days,
        "electricity_kwh": bill.usage,
        "electricity_cost": float(bill.new_charges),
        "gas": None,
        "water": None,
        "total_amount_due": float(bill.new_charges),
        "new_charges_amount": float(bill.new_charges),
        "previous_balance": float(bill.previous_balance),
        "payments_received": float(bill.payment),
        "meters": [
            {
                "id": METER,
                "type": "electricity",
                "consumption": bill.usage,
                "unit": "kWh",
                **period,
                "tariff": TARIFF,
                "read_from": bill.previous_read,
                "read_to": bill.current_read,
                "multiplier": MULTIPLIER,
            }
        ],
        "line_items": [{"description": item.text, "amount": float(item.amount)} for item in bill.items],
        "demand_kw": None,
        "usage_history": [{"month": f"{month:%Y-%m}", "kwh": kwh} for month, _, kwh in bill.history],
        "pages": 2,
        "has_text_layer": True,
    }


def write(folder: Path) -> list[Path]:
    """Write both samples and their truth into a folder and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for bill in (good_bill(), doubtful_bill()):
        for suffix, content in (
            (".pdf", draw(bill)),
            (".json", (json.dumps(truth(bill), indent=1, ensure_ascii=False) + "\n").encode()),
        ):
            path = folder / f"{bill.name}{suffix}"
            path.write_bytes(content)
            written.append(path)
    return written
