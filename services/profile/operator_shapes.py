"""Seasonal shapes, day courses and tariff hours that the operator adds: JSON files in a folder of theirs, read at start."""

import json
from dataclasses import dataclass
from pathlib import Path

from runtime.settings import SettingsError
from services.profile.hours.day_courses import DayCourse, course_of
from services.profile.hours.tariffs import TariffHours, tariff_hours_of
from services.profile.load.shapes import Shape, shape_of


@dataclass(frozen=True, slots=True)
class OperatorShapes:
    """What the folder holds; all of it goes before what comes with the package."""

    shapes: tuple[Shape, ...] = ()
    courses: tuple[DayCourse, ...] = ()
    tariffs: tuple[TariffHours, ...] = ()


def read_operator_shapes(folder: str) -> OperatorShapes:
    """Read every JSON file of a folder, by name.

    One with ``per_day`` is a seasonal shape, one with ``periods`` has tariff hours, one with ``weekday`` is a day course.

    Raises:
        SettingsError: there is no such folder, or with every file that is none of them.
    """
    if not folder:
        return OperatorShapes()
    if not Path(folder).is_dir():
        raise SettingsError(f"shapes_folder: {folder} is no folder")
    shapes, courses, tariffs, problems = [], [], [], []
    for path in sorted(Path(folder).glob("*.json")):
        try:
            text = path.read_text("utf-8")
            document = json.loads(text)
            if "per_day" in document:
                shapes.append(shape_of(text))
            elif "periods" in document:
                tariffs.append(tariff_hours_of(text))
            else:
                courses.append(course_of(text))
        except (ValueError, TypeError, KeyError, OSError) as error:
            problems.append(f"shapes_folder: {path.name}: {type(error).__name__}: {error}")
    if problems:
        raise SettingsError("\n".join(problems))
    return OperatorShapes(tuple(shapes), tuple(courses), tuple(tariffs))
