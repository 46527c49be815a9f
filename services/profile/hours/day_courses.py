"""Day courses: how use is spread over the hours of weekdays and weekends in each month, as packaged data with its source.

Each class is a JSON file in this folder or in the operator's. Only the proportions within a month count, so a course never moves
energy between months.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

RESIDENTIAL, COMMERCIAL = "us-residential", "us-commercial"

HOURS = 24
WEIGHT_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class DayCourse:
    """Weights of the hours of a weekday and of a weekend day in each month, January first; hour 0 begins at midnight."""

    name: str
    version: str
    source: str
    weekday: tuple[tuple[int, ...], ...]
    weekend: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        """Refuse what is no course.

        Raises:
            ValueError: not 12 months of 24 hours, a negative weight, or a day without any.
        """
        for table in (self.weekday, self.weekend):
            if len(table) != 12 or any(len(hours) != HOURS for hours in table):
                raise ValueError(f"course {self.name}: 12 months of {HOURS} hours for each kind of day")
            if any(not 0 <= weight <= WEIGHT_MAX for hours in table for weight in hours) or not all(map(any, table)):
                raise ValueError(f"course {self.name}: weights of 0 to {WEIGHT_MAX}, none of the days without any")

    @property
    def label(self) -> str:
        """Name and version in one word."""
        return f"{self.name}/{self.version}"


def packaged_courses(further: Sequence[DayCourse] = ()) -> dict[str, DayCourse]:
    """Read the courses that come with this package, by name; ``further`` ones go before them where they have the same."""
    folder = resources.files("services.profile.hours")
    courses = [course_of(file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".json")]
    return {course.name: course for course in (*courses, *further)}


def course_of(text: str) -> DayCourse:
    """Return the course that a JSON document describes.

    Raises:
        ValueError: the document or its numbers are no course.
        KeyError: a field is missing.
    """
    document = json.loads(text)
    return DayCourse(
        name=document["name"],
        version=document["version"],
        source=document["source"],
        weekday=tuple(tuple(hours) for hours in document["weekday"]),
        weekend=tuple(tuple(hours) for hours in document["weekend"]),
    )
