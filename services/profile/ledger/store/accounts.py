"""SQL that looks up accounts and meters, and keeps what callers say of them."""

from dataclasses import dataclass
from datetime import datetime

from domain.ids import ProjectId
from runtime.postgres import Connection


@dataclass(frozen=True, slots=True)
class Account:
    """An account of a project with its meters, as their newest bills print them."""

    account_id: str
    issuer_id: str
    issuer_name: str
    number: str
    created_at: datetime
    meters: tuple["AccountMeter", ...]


@dataclass(frozen=True, slots=True)
class AccountMeter:
    """A meter of an account."""

    meter_id: str
    number: str
    commodity: str
    tariff: str


async def accounts_page(
    connection: Connection, project_id: ProjectId, before: tuple[datetime, str] | None, limit: int
) -> list[Account]:
    """Return a project's accounts, newest first, behind a (created_at, account_id) where one is given."""
    rows = await connection.fetch(ACCOUNTS_PAGE, project_id, *(before or (None, None)), limit)
    meters: dict[str, list[AccountMeter]] = {}
    for row in await connection.fetch(_METERS_OF_ACCOUNTS, [row["account_id"] for row in rows]):
        meter = AccountMeter(row["meter_id"], row["number"], row["commodity"], row["tariff"])
        meters.setdefault(row["account_id"], []).append(meter)
    return [
        Account(
            row["account_id"],
            row["issuer_id"],
            row["issuer_name"],
            row["number"],
            row["created_at"],
            tuple(meters.get(row["account_id"], ())),
        )
        for row in rows
    ]


# Steps from one account to the next in the index: a project of a hundred thousand statements has a handful of accounts.
ACCOUNTS_PAGE = """
WITH RECURSIVE shown AS (
    (SELECT account_id FROM profile.statement
    WHERE project_id = $1 AND account_id IS NOT NULL ORDER BY account_id LIMIT 1)
    UNION ALL
    SELECT (SELECT account_id FROM profile.statement
        WHERE project_id = $1 AND account_id > shown.account_id ORDER BY account_id LIMIT 1)
    FROM shown WHERE shown.account_id IS NOT NULL
)
SELECT account_id, issuer_id, issuer_name, number, created_at FROM profile.account JOIN shown USING (account_id)
WHERE $2::timestamptz IS NULL OR (created_at, account_id) < ($2, $3::uuid)
ORDER BY created_at DESC, account_id DESC LIMIT $4
"""

_METERS_OF_ACCOUNTS = """
SELECT meter_id, account_id, number, commodity, tariff FROM profile.meter
WHERE account_id = ANY($1::uuid[]) ORDER BY account_id, commodity, number, meter_id
"""
