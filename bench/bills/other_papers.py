"""Papers that come with the same post and are no bills: adverts, notices, letters, receipts. They too are full of numbers."""

from bench.bills.model.bill import cents
from bench.bills.paper.press import Frame, Press
from bench.bills.paper.sheet import WHITE
from bench.bills.paper.tables import heading, paragraph

POSTERS = {
    "en": (
        "A warmer home for less",
        "Sign up by the end of the month and get $150 back on insulation. Offer code WARM-24. Terms apply.",
    ),
    "es": (
        "Un hogar más cálido por menos",
        "Contrate antes de fin de mes y recibirá 150 de descuento. Código CALOR-24.",
    ),
    "fr": (
        "Un logement plus chaud pour moins cher",
        "Avant la fin du mois, 150 € de remise sur l'isolation. Code CHAUD-24.",
    ),
    "de": (
        "Ein warmes Zuhause für weniger",
        "Bis Monatsende anmelden und 150 € Zuschuss zur Dämmung sichern. Code WARM-24.",
    ),
    "pt": ("Uma casa mais quente por menos", "Adira até ao fim do mês e receba 150 de desconto. Código CALOR-24."),
    "it": ("Una casa più calda con meno", "Entro fine mese 150 € di sconto sull'isolamento. Codice CALDO-24."),
}
LETTER = (
    "Dear {name},",
    "We are replacing the poles in your street between {first} and {last}. Power may be off for up to four hours on one day.",
    "We will leave a card on your door at least 48 hours before.",
    "If someone in your home depends on medical equipment, please call {phone} so that we can bring a generator.",
    "With kind regards, the works office",
)


def poster(press: Press, frame: Frame) -> None:
    """A full-page advert."""
    title, text = POSTERS[press.words.language]
    press.sheet.box(0, 60, press.sheet.width, 150, fill=press.style.accent, stroke=None)
    press.sheet.text(frame.x + 10, 145, title, 24, face="bold", colour=WHITE)
    frame.y = 230
    paragraph(press, frame, text, 13)
    for line in press.words.prose("adverts"):
        paragraph(press, frame, line, 11)
    frame.y += 20


def letter(press: Press, frame: Frame) -> None:
    """A letter about works in the street."""
    bill, formats = press.bill, press.formats
    paragraph(press, frame, formats.date(bill.statement_date))
    frame.y += 12
    for text in LETTER:
        filled = text.format(
            name=bill.customer.name,
            first=formats.date(bill.due_date),
            last=formats.date(bill.next_read),
            phone=bill.utility.phone,
        )
        paragraph(press, frame, filled, press.style.size + 1)
        frame.y += 8


def notice(press: Press, frame: Frame) -> None:
    """A notice of new rates, with a table of them."""
    heading(press, frame, press.titled("messages"))
    for text in press.words.prose("messages") + press.words.prose("glossary"):
        paragraph(press, frame, text)
    frame.y += 10


def receipt(press: Press, frame: Frame) -> None:
    """A shop's receipt: items, tax and a total, but no service."""
    sheet, formats = press.sheet, press.formats
    items = [("LED bulb 9 W, 4 pack", "12.99"), ("Extension cord 5 m", "18.50"), ("Door seal", "7.25")]
    prices = [press.bill.main.cost.from_float(float(price)) for _, price in items]
    subtotal = cents(sum(prices, prices[0] * 0))
    tax = cents(subtotal * 6 / 100)
    rows = [(text, formats.money(cents(price))) for (text, _), price in zip(items, prices, strict=True)]
    rows += [
        ("Subtotal", formats.money(subtotal)),
        ("Tax 6%", formats.money(tax)),
        ("TOTAL", formats.money(subtotal + tax)),
    ]
    sheet.text(frame.x, frame.y + 14, "Example Hardware", 14, face="bold")
    sheet.text(frame.x, frame.y + 28, formats.date(press.bill.statement_date), 9)
    frame.y += 40
    for text, value in rows:
        frame.y += 14
        sheet.text(frame.x, frame.y, text, 10)
        sheet.text(frame.x + min(frame.width, 260), frame.y, value, 10, align="right")
    frame.y += 20
    sheet.text(frame.x, frame.y, "Thank you for shopping with us. Returns within 30 days.", 8)
    frame.y += 20


BLOCKS = {"paper.poster": poster, "paper.letter": letter, "paper.notice": notice, "paper.receipt": receipt}
