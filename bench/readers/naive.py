"""The reader that anybody writes first: every page as a picture, tesseract, and regular expressions on its text."""

import io
import os
import re
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytesseract
from PIL import Image

from bench.readers.cases import Answer

DPI = 300
MONEY = r"[$£€]?\s*(-?[\d,.]+\d\.\d{2}|-?\d+\.\d{2})"
DATE = (
    r"(\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}|\d{1,2} [A-Za-z]{3,9} \d{4}|\d{4}-\d{2}-\d{2})"
)
DATE_FORMS = (
    "%m/%d/%Y",
    "%m/%d/%y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%B %d %Y",
    "%b %d %Y",
    "%d %B %Y",
    "%d %b %Y",
    "%Y-%m-%d",
    "%d-%m-%Y",
)
ACCOUNT = r"(?:account|acct|customer|cuenta|client|kundennummer|cliente)\s*(?:number|no\.?|#|n\S*)?\s*[:.]?\s*"
INVOICE = r"(?:invoice|bill|factura|facture|rechnung\w*|fatura)\s*(?:number|no\.?|#|n\S*)\s*[:.]?\s*"
TOTAL = r"(?:total amount due|amount due|total due|pay this amount|total a pagar|montant à payer|zahlbetrag)\s*:?\s*"
TEXT_FIELDS = {
    "account_number": rf"{ACCOUNT}([A-Z]?[\d][\d -]{{4,}})",
    "invoice_number": rf"{INVOICE}([A-Z-]*\d[\d/-]{{4,}})",
}
DATE_FIELDS = {
    "statement_date": rf"(?:bill|statement|invoice|billing)\s*date\s*:?\s*{DATE}",
    "due_date": rf"(?:due date|due|pay by|fällig am|vencimiento|échéance|scadenza)\s*:?\s*{DATE}",
}
MONEY_FIELDS = {
    "total_amount_due": rf"{TOTAL}{MONEY}",
    "previous_balance": rf"(?:previous balance|prior balance|last bill)[^\d\n$£€-]*{MONEY}",
    "payments_received": rf"(?:payments? received|payments?)[^\d\n$£€-]*{MONEY}",
    "new_charges_amount": rf"(?:total new charges|new charges|current charges)[^\d\n$£€-]*{MONEY}",
}


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep tesseract builds with OpenMP from fighting over two cores, as a fair comparison must."""
    before = os.environ.get("OMP_THREAD_LIMIT")
    os.environ["OMP_THREAD_LIMIT"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["OMP_THREAD_LIMIT"]
        else:
            os.environ["OMP_THREAD_LIMIT"] = before


def cpu_seconds() -> float:
    """Return the CPU time of this process and of those it waited for [s]."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def read_file(path: Path) -> Answer:
    """Read one file the naive way."""
    start = cpu_seconds()
    data = path.read_bytes()
    if path.suffix == ".pdf":
        document = pypdfium2.PdfDocument(data)
        pages = [page.render(scale=DPI / 72).to_pil() for page in document]
    else:
        pages = [Image.open(io.BytesIO(data)).convert("RGB")]
    beside = Path(sys.executable).with_name("tesseract")
    pytesseract.pytesseract.tesseract_cmd = str(beside) if beside.exists() else "tesseract"
    with one_thread():
        text = "\n".join(str(pytesseract.image_to_string(page)) for page in pages)
    return Answer(fields_of(text), cpu_seconds() - start)


def fields_of(text: str) -> dict[str, Any]:
    """Return what the expressions find in a text."""
    found: dict[str, Any] = {}
    for key, pattern in TEXT_FIELDS.items():
        if match := re.search(pattern, text, re.IGNORECASE):
            found[key] = match[1].strip()
    for key, pattern in DATE_FIELDS.items():
        if match := re.search(pattern, text, re.IGNORECASE):
            found[key] = day_of(match[1])
    for key, pattern in MONEY_FIELDS.items():
        if match := re.search(pattern, text, re.IGNORECASE):
            found[key] = match[1].replace(",", "")
    if match := re.search(rf"{DATE}\s*(?:-|to|al|bis|au)\s*{DATE}", text, re.IGNORECASE):
        found["billing_period_from"], found["billing_period_to"] = day_of(match[1]), day_of(match[2])
    if match := re.search(r"([\d,]+)\s*kwh", text, re.IGNORECASE):
        found["electricity_kwh"] = match[1].replace(",", "")
        found["electricity_cost"] = found.get("new_charges_amount")
    for sign, code in (("$", "USD"), ("£", "GBP"), ("€", "EUR")):
        if sign in text:
            found["currency"] = code
    first_line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    found["utility"] = first_line or None
    return found


def day_of(text: str) -> str | None:
    """Return a date in ISO form by the first form that fits, or None."""
    plain = text.replace(",", "").replace(".", "." if text[:1].isdigit() else "")
    for form in DATE_FORMS:
        try:
            return date.fromisoformat(datetime.strptime(plain, form).date().isoformat()).isoformat()  # noqa: DTZ007
        except ValueError:
            continue
    return None
