"""Numbers of a project: the load profile, its hours, the calendar months."""

from gateway.openapi.operation import Operation
from gateway.openapi.sample_ids import BILL_ID, PROJECT_ID
from gateway.openapi.terms import DECIMAL, ID, KWH, TIME, Example, Schema, items, maybe, members, ref, text, whole

LOAD_PROFILE: Example = {
    "project_id": PROJECT_ID,
    "version": 4,
    "active_utility_bill_id": BILL_ID,
    "supplied_as": None,
    "completed_at": "2026-03-02T09:16:01.480Z",
    "months": [
        {
            "month": month,
            "year": 2025 if month > 2 else 2026,
            "energy_kwh": f"{900 + 10 * month}.0000",
            "cost": {"amount": "120.50", "currency": "USD"} if month == 2 else None,
            "source": "billed" if month == 2 else "history_table",
            "days_covered": 28 if month == 2 else 0,
            "days_in_month": 28 if month == 2 else 31,
            "utility_bill_id": BILL_ID,
        }
        for month in range(1, 13)
    ],
    "months_observed": 12,
    "annual_energy_kwh": "11580.0000",
    "annual_cost": None,
    "average_rate": "0.130978",
    "method": None,
    "band_percent": None,
}


_COSTS = ("usage", "demand", "service", "interim_rate", "other_applied", "tax")


MONTH_EXPLAINED: dict[str, Schema] = {
    "rule": text(
        "With explain=true: how the month was made of its parts.",
        enum=["own_period", "shared_by_days", "scaled", "named_month", "filled", "supplied"],
    ),
    "scale": maybe({**DECIMAL, "description": "With explain=true: the sum of the shares times this is the month."}),
    "parts": items(ref("MonthPart"), "With explain=true: the rows of bills that the month is made of."),
}
"""What a month of the load profile has besides where it is to be explained."""


HOURS: dict[str, object] = {
    "project_id": "7d2c1f0a-93a4-4e5e-8f0b-0a6f3c1b2d4e",
    "profile_version": 4,
    "year": 2027,
    "interval": 60,
    "leap_day": True,
    "shape_class": "us-residential",
    "shape_version": "1",
    "shape_source": "Mean use by month, day type and hour of a default residential load.",
    "annual_energy_kwh": "11580.0000",
    "time_of_use": [
        {
            "month": 2,
            "shaped": True,
            "reason": None,
            "tariffs": ["E-TOU-C"],
            "tariff_hours": "pge-e-tou-c",
            "tariff_hours_version": "1",
            "tariff_hours_source": "Residential rate schedule E-TOU-C.",
            "periods": [
                {"period": "on_peak", "energy_kwh": "230.0000", "minutes": 8400},
                {"period": "off_peak", "energy_kwh": "690.0000", "minutes": 31920},
            ],
            "as_billed": True,
            "days_covered": 28,
            "days_in_month": 28,
            "utility_bill_ids": [BILL_ID],
        }
    ],
    "energy_kwh": ["0.9561", "0.8269", "0.7824"],
}


MONTHS: dict[str, object] = {
    "project_id": "7d2c1f0a-93a4-4e5e-8f0b-0a6f3c1b2d4e",
    "property_id": "1c0ffee0-0000-4000-8000-000000000003",
    "weights": "days",
    "currency": "USD",
    "factor_set": "epa-egrid-2022/1",
    "region": "US",
    "months": [
        {
            "month": "2026-02-01",
            "distribution_kbtus": "3139.0400",
            "distribution_lbs_co2": "757.2971",
            "supply_kbtus": "3139.0400",
            "supply_lbs_co2": "757.2971",
            "gallons": "0.0000",
            "demand_consumption": None,
            "usage_cost": "108.2500",
            "demand_cost": None,
            "service_cost": "12.2500",
            "interim_rate_cost": None,
            "other_applied_cost": None,
            "tax_cost": None,
            "total_cost": "120.5000",
            "estimated": False,
            "month_complete": True,
            "days_covered": 28,
            "days_in_month": 28,
            "utility_bill_ids": ["f2a7c1de-5b0e-4c8a-9a53-6d1be0a4c977"],
        }
    ],
    "findings": [],
    "next_page_token": None,
}


OPERATIONS: dict[str, Operation] = {
    "get_load_profile": Operation(
        tag="Projects",
        summary="Retrieve the load profile",
        about=(
            "Twelve months of use and cost, each with where it comes from. With explain=true each month also says by which "
            "rule, from which rows of which bills and from how many of their days it was made."
        ),
        schema="LoadProfile",
        example=LOAD_PROFILE,
        query=("explain",),
        problems=("BAD_REQUEST", "NO_SUCH_PROJECT", "NO_LOAD_PROFILE"),
    ),
    "get_hours": Operation(
        tag="Projects",
        summary="Retrieve the hours of a year",
        about=(
            "The load profile's months spread over the hours of a year by typical days: made on request, so they always "
            "sum to the months of that version. Where bills state time-of-use rows and the hours of their tariff are known, "
            "the hours follow them; time_of_use says which months do, and why others do not. format=csv gives lines of start "
            "and energy_kwh."
        ),
        schema="Hours",
        example=HOURS,
        query=("interval", "year", "leap_day", "shape_class", "tariff_hours", "format"),
        other_media_types=("text/csv",),
        problems=("BAD_REQUEST", "NO_SUCH_PROJECT", "NO_LOAD_PROFILE"),
    ),
    "list_months": Operation(
        tag="Projects",
        summary="Retrieve the calendar months",
        about=(
            "Everything that the project's bills state, by calendar month, newest first, made from the ledger on request: of "
            "all meters, of one commodity or of one meter."
        ),
        schema="Months",
        example=MONTHS,
        query=("commodity", "meter_id", "factor_set", "region", "weights", "page_token"),
        problems=("BAD_REQUEST", "NO_SUCH_PROJECT", "NO_TEMPERATURES"),
    ),
}


def schemas() -> dict[str, Schema]:
    """Return the schemas of the numbers."""
    return {
        "Money": members("An exact amount.", {"amount": DECIMAL, "currency": text("ISO 4217.")}),
        "ProfileMonth": members(
            "One calendar month.",
            {
                "month": whole("1 to 12."),
                "year": maybe(whole("The year it was observed in; null where estimated or not told.")),
                "energy_kwh": maybe(KWH),
                "cost": maybe(ref("Money")),
                "source": text(enum=["billed", "prorated", "history_table", "history_chart", "estimated", "supplied"]),
                "days_covered": whole(),
                "days_in_month": whole(),
                "utility_bill_id": maybe(text("The bill the number comes from.", format="uuid")),
                **MONTH_EXPLAINED,
            },
            optional=tuple(MONTH_EXPLAINED),
        ),
        "LoadProfile": members(
            "Twelve months of a project.",
            {
                "project_id": ID,
                "version": whole("Grows with every change; webhooks carry it."),
                "active_utility_bill_id": maybe({**ID, "description": "Null where a user supplied the profile."}),
                "supplied_as": maybe(
                    text("What a user supplied it as.", enum=["monthly_energy", "monthly_bill", "interval_data"])
                ),
                "completed_at": maybe(TIME),
                "months": items(ref("ProfileMonth"), "Always 12, January first."),
                "months_observed": whole("How many were observed rather than estimated."),
                "annual_energy_kwh": maybe(KWH),
                "annual_cost": maybe(ref("Money")),
                "average_rate": maybe(text("Cost of one kWh, decimal, in the currency of the cost.")),
                "method": maybe(text("Name and version of the rule that filled missing months.")),
                "band_percent": maybe(text("Indicative error of the annual energy, plus or minus, in percent.")),
            },
        ),
        **_hours(),
        **_time_of_use(),
        **_months(),
    }


def _hours() -> dict[str, Schema]:
    return {
        "Hours": members(
            "The intervals of a year in local standard time; those of a month sum to the load profile's month exactly.",
            {
                "project_id": ID,
                "profile_version": whole("The version of the load profile that was spread."),
                "year": whole("Whose weekdays count."),
                "interval": whole("Minutes: 60, 30 or 15."),
                "leap_day": {"type": "boolean", "description": "False: 29 February is left out of a leap year."},
                "shape_class": text("Whose typical days spread the months."),
                "shape_version": text("Of the typical days."),
                "shape_source": text("Where they are from."),
                "annual_energy_kwh": KWH,
                "time_of_use": items(
                    ref("TimeOfUseMonth"), "Each month of which bills state time-of-use rows, January first."
                ),
                "energy_kwh": items(
                    KWH, "From midnight of 1 January: 8760 or 8784 hours, or two or four times as many intervals."
                ),
            },
        ),
    }


def _time_of_use() -> dict[str, Schema]:
    return {
        "TimeOfUseMonth": members(
            "A month whose bills say how much was used on peak, off peak and so on.",
            {
                "month": whole("1 to 12."),
                "shaped": {
                    "type": "boolean",
                    "description": "True: the intervals of each period sum to its energy_kwh.",
                },
                "reason": maybe(
                    text(
                        "Why it is not shaped.",
                        enum=[
                            "hours_not_known",
                            "tariffs_differ",
                            "not_all_meters",
                            "too_few_days",
                            "does_not_sum",
                            "no_energy",
                            "no_hours_in_month",
                            "not_asked",
                        ],
                    )
                ),
                "tariffs": items(text(), "As printed."),
                "tariff_hours": maybe(text("By which hours; null where none apply.")),
                "tariff_hours_version": maybe(text()),
                "tariff_hours_source": maybe(text("Where they are from.")),
                "periods": items(ref("TimeOfUsePeriod")),
                "as_billed": {
                    "type": "boolean",
                    "description": "True: the rows cover the month and sum to it. False: it is divided in their proportions.",
                },
                "days_covered": whole("Days of the month that the rows cover."),
                "days_in_month": whole(),
                "utility_bill_ids": items(ID),
            },
        ),
        "TimeOfUsePeriod": members(
            "One period of a tariff's day.",
            {
                "period": text(enum=["on_peak", "mid_peak", "off_peak", "super_off_peak"]),
                "energy_kwh": {
                    **KWH,
                    "description": "Of its intervals where the month is shaped; else what the rows state.",
                },
                "minutes": whole("How long it lasts in the month; 0 where its hours are not known."),
            },
        ),
    }


def _months() -> dict[str, Schema]:
    return {
        "CalendarMonth": _calendar_month(),
        "Months": members(
            "Calendar months of a project, a property, one commodity or one meter, newest first.",
            {
                "project_id": maybe(ID),
                "property_id": maybe(ID),
                "weights": text("How energy was shared out over days.", enum=["days", "degree_days"]),
                "currency": maybe(text("Of all costs, ISO 4217.")),
                "factor_set": text("Name and version of the factors."),
                "region": text("Whose electricity's carbon dioxide is counted."),
                "months": items(ref("CalendarMonth")),
                "findings": items(ref("MonthsFinding"), "What is in no month, and why."),
                "next_page_token": maybe(
                    text("Of the months before these, which earlier statements make; null on the last page.")
                ),
            },
        ),
        "MonthPart": members(
            "What one row of a bill gives to a month: energy_kwh times days, divided by days_of_row.",
            {
                "utility_bill_id": ID,
                "start": text("First day of the row."),
                "end": text("The day after its last one."),
                "origin": text("The bill's own period, or its history.", enum=["own", "table", "chart"]),
                "meter": maybe(text("Letters and digits of its number; null for the whole account.")),
                "energy_kwh": KWH,
                "days": whole("Of the row's days, those in the month."),
                "days_of_row": whole(),
                "share_kwh": KWH,
            },
        ),
        "MonthsFinding": members(
            "Something that bills state and no month holds.",
            {
                "rule_id": text(enum=["left_out", "conflict", "replaced", "earlier_not_told"]),
                "sentence": text("For people."),
                "utility_bill_id": maybe(text("The bill it is about.", format="uuid")),
                "standing_utility_bill_id": maybe(text("The bill that counts in its place.", format="uuid")),
                "meter_id": maybe(text("The meter it is about.", format="uuid")),
            },
        ),
    }


def _calendar_month() -> Schema:
    return members(
        "One calendar month of what bills state, shared out by days. Costs are null where no such charge touches it.",
        {
            "month": text("Its first day.", pattern="^[0-9]{4}-[0-9]{2}-01$"),
            "distribution_kbtus": _amount("Site energy, kBtu; what a supplier states again is not added."),
            "distribution_lbs_co2": _amount("Carbon dioxide, pounds."),
            "supply_kbtus": _amount("What was supplied: the same energy as distribution's, told beside it."),
            "supply_lbs_co2": _amount("Its carbon dioxide, pounds."),
            "gallons": _amount("Water, US gallons."),
            "demand_consumption": maybe(_amount("The highest demand of any bill that touches the month, as billed.")),
            **{f"{kind}_cost": maybe(_amount("In the currency of the answer.")) for kind in _COSTS},
            "total_cost": maybe(_amount("The sum of those above, exactly.")),
            "estimated": {"type": "boolean", "description": "Any of it comes from an estimated read."},
            "month_complete": {
                "type": "boolean",
                "description": "Bills cover every day of it for every meter that was active on it.",
            },
            "days_covered": whole("The fewest days of it that bills cover for any of the meters."),
            "days_in_month": whole(),
            "utility_bill_ids": items(ID, "The bills that the month is made of."),
        },
    )


def _amount(description: str) -> Schema:
    return {**DECIMAL, "description": description}
