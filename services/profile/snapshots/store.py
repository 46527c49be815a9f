"""SQL of ENERGY STAR ratings."""

from datetime import date
from typing import NamedTuple

from domain.ids import TenantId
from runtime.postgres import Connection

RATINGS_MAX = 200


class Rating(NamedTuple):
    """A rating (1 to 100) and its day."""

    rated_on: date
    rating: int


async def ratings(connection: Connection, property_id: str) -> list[Rating]:
    """Return a property's ratings, newest first, RATINGS_MAX at most."""
    rows = await connection.fetch(_RATINGS, property_id, RATINGS_MAX)
    return [Rating(row["rated_on"], row["rating"]) for row in rows]


async def save_rating(connection: Connection, tenant_id: TenantId, property_id: str, rating: Rating) -> None:
    """Store a rating in place of one of the same day; the property must be there."""
    await connection.execute(_SAVE, tenant_id, property_id, *rating)


async def remove_rating(connection: Connection, property_id: str, rated_on: date) -> None:
    """Forget the rating of a day, where there is one."""
    await connection.execute(
        "DELETE FROM profile.energy_star_rating WHERE property_id = $1 AND rated_on = $2", property_id, rated_on
    )


_RATINGS = """
SELECT rated_on, rating FROM profile.energy_star_rating WHERE property_id = $1 ORDER BY rated_on DESC LIMIT $2
"""

_SAVE = """
INSERT INTO profile.energy_star_rating (tenant_id, property_id, rated_on, rating) VALUES ($1, $2, $3, $4)
ON CONFLICT (property_id, rated_on) DO UPDATE SET rating = excluded.rating
"""
