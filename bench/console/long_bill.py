"""A bill of twelve pages with a thousand values: every day of a year's statement with its use, its price and its charge."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from bench.bills.paper.sheet import LETTER, Sheet

PAGES, LINES_A_PAGE = 12, 28
FIRST = date(2025, 1, 1)
CENT = Decimal("0.01")
LEFT, RIGHT, TOP, STEP = 56.0, 556.0, 130.0, 21.0


def drawn() -> bytes:
    """Return the PDF: 336 charges, each with a quantity, a rate and an amount, their sum, an account and a period."""
    sheet = Sheet(LETTER, "helvetica", "A long bill")
    lines = [_line(number) for number in range(PAGES * LINES_A_PAGE)]
    total = sum((amount for _, _, _, amount in lines), Decimal(0))
    for page in range(PAGES):
        if page:
            sheet.turn_page()
        _head(sheet, page, total)
        for place, (text, kwh, rate, amount) in enumerate(lines[page * LINES_A_PAGE : (page + 1) * LINES_A_PAGE]):
            y = TOP + place * STEP
            sheet.text(LEFT, y, text)
            sheet.text(350, y, f"{kwh} kWh x ${rate}", align="right")
            sheet.text(RIGHT, y, f"${amount}", align="right")
    sheet.text(LEFT, TOP + LINES_A_PAGE * STEP + 12, "Total new charges", face="bold")
    sheet.text(RIGHT, TOP + LINES_A_PAGE * STEP + 12, f"${total}", face="bold", align="right")
    return sheet.finish()


def _head(sheet: Sheet, page: int, total: Decimal) -> None:
    sheet.text(LEFT, 48, "Example Valley Power & Light", 14, face="bold")
    sheet.text(RIGHT, 48, f"Page {page + 1} of {PAGES}", align="right")
    sheet.text(LEFT, 68, "Account number: 3001-4482-7")
    sheet.text(LEFT, 84, f"Service period: {FIRST:%B %-d, %Y} - {FIRST + timedelta(days=335):%B %-d, %Y}")
    sheet.text(330, 68, "Statement date: December 5, 2025")
    if not page:
        sheet.text(330, 84, f"Total amount due: ${total}")
    sheet.text(LEFT, 108, "Electricity charges", 11, face="bold")


def _line(number: int) -> tuple[str, Decimal, Decimal, Decimal]:
    kwh, rate = Decimal(40 + number * 37 % 60), Decimal(1100 + number * 13 % 400).scaleb(-4)
    day = FIRST + timedelta(days=number)
    return f"Energy charge {day:%b %-d}", kwh, rate, (kwh * rate).quantize(CENT, ROUND_HALF_UP)
