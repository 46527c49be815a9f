"""Meters without a table: sentences, worked sums, pairs of label and value in running lines."""

from bench.bills.layout.meters import numbered, registers, sums, tariff_line
from bench.bills.paper.press import Frame, Press
from bench.bills.paper.tables import heading, paragraph
from bench.bills.shapes.meter_tables import texts_of

SENTENCES = {
    "en": (
        "Your meter {number} read {now} on {last} and {before} on {first}. The difference of {step} comes to {usage}.",
        "On {last} the reading of meter {number} was {now}. The previous reading on {first} was {before}. You used {usage}.",
    ),
    "es": (
        "Lectura actual del contador {number} el {last}: {now}; lectura anterior el {first}: {before}. Consumo: {usage}.",
    ),
    "fr": ("Compteur {number} : nouvel index {now} le {last}, ancien index {before} le {first}. Consommation : {usage}.",),
    "de": ("Zähler {number}: Zählerstand neu {now} am {last}, Zählerstand alt {before} am {first}. Verbrauch: {usage}.",),
    "pt": ("Contador {number}: leitura atual {now} em {last}, leitura anterior {before} em {first}. Consumo: {usage}.",),
    "it": ("Contatore {number}: lettura attuale {now} del {last}, lettura precedente {before} del {first}. Consumo: {usage}.",),
}  # fmt: skip
"""How a letter tells the reads; the words are our own."""


def sentences(press: Press, frame: Frame) -> None:
    """A sentence a meter; meters of several registers have their table below it."""
    heading(press, frame, press.titled("meters"))
    formats, bill = press.formats, press.bill
    for number, meter in numbered(press):
        where = f"meters.{number}"
        if meter.read_from is None or meter.read_to is None or meter.multiplier != 1 or meter.factor is not None:
            texts = texts_of(press, number, meter)
            paragraph(press, frame, "  ".join(f"{press.label(key)}: {text}" for key, text in texts.items()))
            registers(press, frame, meter)
            continue
        if len(bill.service(meter.commodity).meters) == 1:  # type: ignore[union-attr]
            press.mark(f"{meter.commodity}.usage", "")
        text = press.pick("read sentence", SENTENCES[press.words.language]).format(
            number=press.mark(f"{where}.id", meter.number),
            now=press.mark(f"{where}.read_to", formats.quantity(meter.read_to)),
            before=press.mark(f"{where}.read_from", formats.quantity(meter.read_from)),
            first=formats.date(bill.first),
            last=formats.date(bill.last),
            step=formats.quantity(meter.read_to - meter.read_from),
            usage=press.mark(f"{where}.consumption", formats.with_unit(meter.usage, meter.unit)),
        )
        paragraph(press, frame, text)
        if meter.demand_kw is not None:
            shown = press.mark(f"{meter.commodity}.demand", formats.with_unit(meter.demand_kw, "kW"))
            paragraph(press, frame, f"{press.label('demand')}: {shown}")
        tariff_line(press, frame, number, meter)
    sums(press, frame)
    frame.y += 4


def worked_sum(press: Press, frame: Frame) -> None:
    """Reads, multiplier and usage as one sum across the page, what each is below its number."""
    heading(press, frame, press.titled("meters"))
    sheet, size = press.sheet, press.style.size
    for number, meter in numbered(press):
        texts = texts_of(press, number, meter)
        frame.y += size * 1.3
        sheet.text(frame.x, frame.y, f"{press.label('meter_number')}: {texts['meter_number']}", size)
        keys = [
            key
            for key in ("current_read", "previous_read", "difference", "multiplier", "volume", "factor", "usage")
            if key in texts
        ]
        signs = {"previous_read": "-", "difference": "=", "multiplier": "x", "volume": "=", "factor": "x", "usage": "="}
        frame.y += size * 2
        step = frame.width / max(len(keys), 1)
        for index, key in enumerate(keys):
            x = frame.x + step * index
            if index:
                sheet.text(x, frame.y, signs[key], size + 1, align="centre")
            sheet.text(x + step / 2, frame.y, texts[key], size + 1, face="bold", align="centre")
            for line, part in enumerate(sheet.wrapped(press.label(key), size - 1.5, step - 6)):
                sheet.text(x + step / 2, frame.y + size * (1.2 + line), part, size - 1.5, align="centre")
        frame.y += size * 3.4
        if "demand" in texts:
            sheet.text(frame.x, frame.y, f"{press.label('demand')}: {texts['demand']}", size)
            frame.y += size * 1.2
        registers(press, frame, meter)
        tariff_line(press, frame, number, meter)
    sums(press, frame)
    frame.y += 4


def running_pairs(press: Press, frame: Frame) -> None:
    """Label and value after each other, two or three pairs a line."""
    heading(press, frame, press.titled("meters"))
    size = press.style.size
    a_line = press.pick("pairs a line", (1, 2, 3) if frame.width > 300 else (1, 2))
    colon = press.pick("pairs colon", (":", ""))
    for number, meter in numbered(press):
        pairs = list(texts_of(press, number, meter).items())
        for start in range(0, len(pairs), a_line):
            frame.y += size * 1.4
            for place, (key, text) in enumerate(pairs[start : start + a_line]):
                x = frame.x + frame.width / a_line * place
                label = f"{press.label(key)}{colon} "
                press.sheet.text(x, frame.y, label, size)
                press.sheet.text(x + press.sheet.length(label, size) + 3, frame.y, text, size, face="bold")
        frame.y += 5
        registers(press, frame, meter)
        tariff_line(press, frame, number, meter)
    sums(press, frame)
    frame.y += 4


BLOCKS = {"meters.prose": sentences, "meters.sum": worked_sum, "meters.pairs": running_pairs}
