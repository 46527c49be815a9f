"""What differs between countries: money, paper, prices, address forms and the shapes of identifiers. All names are invented."""

from dataclasses import dataclass
from random import Random

from bench.bills.model.bill import Party


@dataclass(frozen=True, slots=True)
class Country:
    """One country's conventions. ``price_scale`` multiplies prices that are drawn for the United States."""

    code: str
    currency: str
    symbol: str
    paper: str
    price_scale: float
    postal: str
    """The line of town and post code; ``9`` becomes a digit, ``{town}`` the town."""
    phone: str


COUNTRIES = {
    country.code: country
    for country in (
        Country("US", "USD", "$", "letter", 1.0, "{town}, OR 979##", "(555) 01#-####"),
        Country("CA", "CAD", "$", "letter", 1.1, "{town}, ON K9Z #Z#", "1-800-555-01##"),
        Country("GB", "GBP", "£", "a4", 1.7, "{town} ZZ# #ZZ", "0330 555 0###"),
        Country("IN", "INR", "Rs.", "a4", 52.0, "{town} - 5600##", "1800-555-0###"),
        Country("AU", "AUD", "$", "a4", 2.0, "{town} NSW 29##", "13 55 ##"),
        Country("ES", "EUR", "€", "a4", 1.5, "280## {town}", "900 555 ###"),
        Country("MX", "MXN", "$", "letter", 11.0, "{town}, C.P. 060##", "55 5550 0###"),
        Country("CL", "CLP", "$", "letter", 900.0, "{town}, Chile", "600 555 0###"),
        Country("IE", "EUR", "€", "a4", 1.9, "{town}, Co. Sample Z## Z#Z#", "1800 555 0##"),
        Country("ZA", "ZAR", "R", "a4", 9.0, "{town}, South Africa 70##", "0860 555 0##"),
        Country("FR", "EUR", "€", "a4", 1.6, "750## {town}", "09 69 55 0# ##"),
        Country("DE", "EUR", "€", "a4", 2.1, "101## {town}", "0800 555 0###"),
        Country("AT", "EUR", "€", "a4", 1.9, "10#0 {town}", "0800 555 0##"),
        Country("CH", "CHF", "CHF", "a4", 1.8, "80## {town}", "0800 555 0##"),
        Country("PT", "EUR", "€", "a4", 1.4, "10##-0## {town}", "800 555 0##"),
        Country("BR", "BRL", "R$", "a4", 5.5, "{town} - CEP 010##-000", "0800 555 0###"),
        Country("IT", "EUR", "€", "a4", 1.8, "001## {town} (RM)", "800 555 0##"),
    )
}

TOWNS = {
    "en": (
        "Quillton",
        "Harrow Bay",
        "Lower Fennick",
        "Marlstone",
        "Cedar Notch",
        "Wexcombe",
        "Pell Harbor",
        "Ostrander Falls",
    ),
    "es": ("Villaluna", "Puerto Ejemplo", "Campoverde del Río", "San Modelo"),
    "fr": ("Bellefontaine-sur-Aune", "Valmoire", "Clairbois", "Port-Exemple"),
    "de": ("Musterstadt", "Neuhafen", "Grünfelden", "Altmühlbach"),
    "pt": ("Vila Exemplo", "Ribeira Nova", "Monte Claro do Sul", "Porto Modelo"),
    "it": ("Borgo Esempio", "Montechiaro Nuovo", "Valfiorita", "Porto Modello"),
}
STREETS = {
    "en": (
        "{n} Sample Street",
        "{n} Placeholder Avenue",
        "{n} Old Mill Road",
        "{n} Juniper Lane",
        "{n} Specimen Court",
    ),
    "es": ("Calle del Ejemplo, {n}", "Av. de la Muestra {n}", "Camino Viejo, {n}"),
    "fr": ("{n} rue de l'Exemple", "{n} avenue du Modèle", "{n} chemin des Essais"),
    "de": ("Beispielweg {n}", "Musterstraße {n}", "Am Probehof {n}"),
    "pt": ("Rua do Exemplo, {n}", "Avenida da Amostra, {n}", "Travessa Nova, {n}"),
    "it": ("Via dell'Esempio, {n}", "Viale Campione, {n}", "Piazza del Modello, {n}"),
}
GIVEN = ("Alex", "Robin", "Sasha", "Kim", "Jules", "Toni", "Charlie", "Noa", "Dana", "Luca")
FAMILY = ("Example", "Sample", "Specimen", "Muster", "Modelo", "Exemple", "Esempio", "Placeholder")
FIRMS = {
    "en": ("Sample Bakery LLC", "Placeholder Tools Inc.", "Quill & Specimen Hotel", "Example Cold Storage"),
    "es": ("Panadería Muestra S.L.", "Talleres Ejemplo S.A."),
    "fr": ("Boulangerie Exemple SARL", "Ateliers du Modèle SAS"),
    "de": ("Muster Metallbau GmbH", "Bäckerei Beispiel KG"),
    "pt": ("Padaria Amostra Lda.", "Oficinas Exemplo S.A."),
    "it": ("Panificio Esempio S.r.l.", "Officine Modello S.p.A."),
}
UTILITY_NAMES = {
    "en": {
        "electricity": (
            "{town} Electric Cooperative",
            "{town} Power & Light",
            "{town} Energy",
            "{town} Public Power District",
        ),
        "gas": ("{town} Gas Company", "{town} Natural Gas", "{town} Gas & Heat"),
        "water": ("City of {town} Water Department", "{town} Municipal Utilities", "{town} Water District"),
    },
    "es": {
        "electricity": ("Eléctrica de {town}", "Energía {town} S.A.", "Luz y Fuerza de {town}"),
        "gas": ("Gas Natural de {town}", "Gas {town} S.A."),
        "water": ("Aguas de {town}", "Canal de {town}"),
    },
    "fr": {
        "electricity": ("Électricité de {town}", "Énergies {town}", "Régie d'électricité de {town}"),
        "gas": ("Gaz de {town}", "Gaz et Chaleur {town}"),
        "water": ("Eaux de {town}", "Régie des eaux de {town}"),
    },
    "de": {
        "electricity": ("Stadtwerke {town}", "{town} Energie GmbH", "Stromversorgung {town}"),
        "gas": ("Gasversorgung {town}", "Erdgas {town} GmbH"),
        "water": ("Wasserwerke {town}", "Zweckverband {town}"),
    },
    "pt": {
        "electricity": ("Energia de {town}", "Luz {town} S.A.", "Companhia Elétrica de {town}"),
        "gas": ("Gás de {town}", "Companhia de Gás {town}"),
        "water": ("Águas de {town}", "Saneamento {town}"),
    },
    "it": {
        "electricity": ("Energia {town}", "Luce {town} S.p.A.", "Azienda Elettrica {town}"),
        "gas": ("Gas {town} S.p.A.", "Metano {town}"),
        "water": ("Acquedotto {town}", "Acque {town} S.p.A."),
    },
}


def digits(rng: Random, pattern: str) -> str:
    """Fill a pattern: ``#`` becomes a digit, ``%`` a digit from 1 to 9, ``Z`` a letter."""
    filled = ""
    for sign in pattern:
        match sign:
            case "#":
                filled += str(rng.randrange(10))
            case "%":
                filled += str(rng.randrange(1, 10))
            case "Z":
                filled += rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ")
            case _:
                filled += sign
    return filled


def town_line(rng: Random, country: Country, town: str) -> str:
    """Return the line of an address that names town and post code."""
    return digits(rng, country.postal.replace("{town}", "\0")).replace("\0", town)


def utility_of(rng: Random, country: Country, language: str, commodity: str) -> Party:
    """Invent a utility for a family."""
    town = rng.choice(TOWNS[language])
    name = rng.choice(UTILITY_NAMES[language][commodity]).replace("{town}", town)
    street = rng.choice(STREETS[language]).replace("{n}", str(rng.randrange(1, 90)))
    slug = "".join(sign for sign in name.lower() if sign.isascii() and sign.isalpha())[:18]
    return Party(
        name=name,
        address=(street, town_line(rng, country, town)),
        phone=digits(rng, country.phone),
        web=f"www.{slug}.example",
    )


def customer_of(rng: Random, country: Country, language: str, customer_class: str) -> Party:
    """Invent a customer for a bill."""
    person = f"{rng.choice(GIVEN)} {rng.choice(FAMILY)}"
    name = rng.choice(FIRMS[language]) if customer_class == "commercial" else person
    street = rng.choice(STREETS[language]).replace("{n}", str(rng.randrange(1, 999)))
    return Party(name=name, address=(street, town_line(rng, country, rng.choice(TOWNS[language]))))
