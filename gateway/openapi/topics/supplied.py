"""Load profiles that partners supply instead of bills."""

from gateway.openapi.operation import BODY_PROBLEMS, Operation
from gateway.openapi.sample_ids import PROJECT_ID
from gateway.openapi.terms import DECIMAL, ID, TIME, Example, Schema, items, maybe, members, text, whole
from gateway.openapi.topics.profiles import LOAD_PROFILE

_MONTHLY = ["620.5", "540", None, None, None, None, "880.25", None, None, None, None, "655"]

SUPPLY: Example = {"monthly_energy": [620.5, 540, None, None, None, None, 880.25, None, None, None, None, 655]}

SUPPLIED: Example = {
    "project_id": PROJECT_ID,
    "monthly_energy": _MONTHLY,
    "monthly_bill": None,
    "interval_data": None,
    "price": None,
    "currency": None,
    "year": None,
    "shape": "us-residential/2023",
    "keep": False,
    "supplied_at": "2026-03-02T09:16:01.480Z",
    "in_effect": True,
}

OPERATIONS: dict[str, Operation] = {
    "supply_load_profile": Operation(
        tag="Projects",
        summary="Supply the load profile",
        about=(
            "In place of bills: exactly one of monthly_energy, monthly_bill and interval_data. Null stands for what is not "
            "known and is filled like months that no bill shows. It takes effect at once and unpins a pinned bill; the next "
            "bill that takes effect replaces it, unless keep is true."
        ),
        schema="LoadProfile",
        example={**LOAD_PROFILE, "active_utility_bill_id": None, "supplied_as": "monthly_energy"},
        request_schema="NewSuppliedProfile",
        request_example=SUPPLY,
        problems=(*BODY_PROBLEMS, "NO_SUCH_PROJECT"),
    ),
    "get_supplied_profile": Operation(
        tag="Projects",
        summary="Retrieve what was supplied",
        schema="SuppliedProfile",
        example=SUPPLIED,
        problems=("NO_SUCH_PROJECT", "NO_LOAD_PROFILE"),
    ),
    "delete_supplied_profile": Operation(
        tag="Projects",
        summary="Remove what was supplied",
        about="The bills make the load profile again.",
        status=204,
        problems=("NO_SUCH_PROJECT", "NO_LOAD_PROFILE"),
    ),
}

_PRICE = "Cost of one kWh; where null, that of the bill in effect."


def schemas() -> dict[str, Schema]:
    """Return the schemas of what is supplied."""
    number: Schema = {
        "type": ["number", "string", "null"],
        "minimum": 0,
        "maximum": 999_999_999,
        "pattern": r"^[0-9]{1,9}(\.[0-9]{1,18})?$",
    }
    given = {
        "monthly_energy": maybe(
            {**items(number, "Twelve energies, January first. Unit: kWh."), "minItems": 12, "maxItems": 12}
        ),
        "monthly_bill": maybe(
            {**items(number, "Twelve bills, January first, in the currency."), "minItems": 12, "maxItems": 12}
        ),
        "interval_data": maybe(
            {
                **items(
                    number,
                    "8760, 8784, 17520, 17568, 35040 or 35136 energies from midnight of 1 January, local standard time, one "
                    "month at least without null. Unit: kWh.",
                ),
                "minItems": 8760,
                "maxItems": 35136,
            }
        ),
    }
    options = {
        "price": {"type": ["number", "string", "null"], "description": _PRICE, "pattern": r"^[0-9]+(\.[0-9]+)?$"},
        "currency": maybe(text("ISO 4217; where null, that of the bill in effect, else USD.", pattern="^[A-Z]{3}$")),
        "year": maybe(whole("The year that the numbers are of.", minimum=1970, maximum=2100)),
        "country": maybe(text("ISO 3166-1 alpha-2, whose shape fills missing months.", pattern="^[A-Z]{2}$")),
        "keep": maybe({"type": "boolean", "description": "True: stands until removed, whatever bills are read."}),
    }
    texts = maybe(items(maybe(DECIMAL), "As supplied; null where something else was."))
    return {
        "NewSuppliedProfile": members(
            "Exactly one of the three lists, as JSON numbers or decimal texts.",
            {**given, **options},
            optional=(*given, *options),
        ),
        "SuppliedProfile": members(
            "What was supplied.",
            {
                "project_id": ID,
                **dict.fromkeys(given, texts),
                "price": maybe({**DECIMAL, "description": "The price that counts."}),
                "currency": maybe(text("ISO 4217.")),
                "year": maybe(whole()),
                "shape": text("Name and version of the seasonal shape that fills missing months."),
                "keep": {"type": "boolean"},
                "supplied_at": TIME,
                "in_effect": {
                    "type": "boolean",
                    "description": "False: a bill read later, or a pinned one, stands in its place.",
                },
            },
        ),
    }
