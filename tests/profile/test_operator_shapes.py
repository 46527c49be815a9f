"""Shapes that the operator adds, as docs/shapes.md tells it."""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from runtime.settings import SettingsError
from services.profile.hours.day_courses import packaged_courses
from services.profile.hours.tariffs import Peak, fitting, packaged_tariffs
from services.profile.hours.year import year_of
from services.profile.load.contribution import contribution_of
from services.profile.load.profile import load_profile
from services.profile.load.shapes import packaged_shapes
from services.profile.operator_shapes import read_operator_shapes
from tests.profile.readings import electric_bill, fact

PAGE = (Path(__file__).parents[2] / "docs" / "shapes.md").read_text()
SEASONAL, COURSE, TARIFF = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "german.json").write_text(SEASONAL)
    course = json.loads(COURSE)
    for kind in ("weekday", "weekend"):
        course[kind] = course[kind][:1] * 12
    (tmp_path / "night.json").write_text(json.dumps(course))
    (tmp_path / "tariff.json").write_text(TARIFF)
    (tmp_path / "notes.txt").write_text("not read")
    return tmp_path


def test_shape_of_the_page_fills_the_months_of_its_countries(folder):
    shapes = packaged_shapes(read_operator_shapes(str(folder)).shapes)
    bill = electric_bill(country=fact("DE"), kwh=332)
    profile = load_profile(contribution_of((bill,)), "bill", shapes)
    assert profile is not None
    assert profile.method.endswith("example-residential/2026")
    assert profile.months[6].energy_kwh < profile.months[2].energy_kwh < profile.months[0].energy_kwh
    assert shapes.for_country("US").name == "us-residential"


def test_course_of_the_page_spreads_the_hours(folder):
    course = packaged_courses(read_operator_shapes(str(folder)).courses)["example-night-storage"]
    hours = year_of([Decimal(310)] * 12, course, 2027).energies
    assert abs(hours[0] - 2 * hours[12]) <= 2


def test_shape_for_a_known_country_goes_before_the_packaged_one(tmp_path):
    (tmp_path / "mine.json").write_text(SEASONAL.replace('"DE", "AT"', '"US"'))
    assert packaged_shapes(read_operator_shapes(str(tmp_path)).shapes).for_country("US").name == "example-residential"


def test_no_folder_named_adds_nothing():
    assert read_operator_shapes("").shapes == ()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"per_day": [1]}', SEASONAL.replace("1.21", "-1"), SEASONAL.replace("1.21", '"x"')]
)
def test_file_that_is_no_shape_stops_the_start_with_its_name(tmp_path, text):
    (tmp_path / "broken.json").write_text(text)
    with pytest.raises(SettingsError, match=r"broken\.json"):
        read_operator_shapes(str(tmp_path))


def test_folder_that_is_not_there_stops_the_start():
    with pytest.raises(SettingsError, match="no folder"):
        read_operator_shapes("/nowhere/at/all")


def test_tariff_hours_of_the_page_are_those_of_the_bills_that_print_the_tariff(folder):
    known = packaged_tariffs(read_operator_shapes(str(folder)).tariffs)
    hours = fitting(known, "example-valley", "Res TOU-E secondary")
    assert hours is not None
    assert (hours.label, hours.whole_hours) == ("example-evening-peak/2026-06", False)
    monday, eve_of_holiday = date(2026, 7, 6), date(2026, 7, 3)
    # In summer, half past twelve by the clock is half past eleven of standard time.
    assert [hours.peaks_of(monday)[quarter] for quarter in (19, 20, 45, 46, 64, 76, 80)] == [
        Peak.SUPER_OFF, Peak.OFF, Peak.OFF, Peak.MID, Peak.ON, Peak.MID, Peak.OFF,
    ]  # fmt: skip
    assert Peak.ON not in hours.peaks_of(eve_of_holiday)
    assert fitting(known, "example-valley", "R-1") is None
