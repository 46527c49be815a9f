"""SQL that looks up accounts and meters, and keeps what callers say of them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, TypeVar

from domain.ids import ProjectId, TenantId
from runtime.postgres import Connection

BILLS_COUNTED = 1_000
"""Bills of an account or a meter are counted so far, that a list costs the same whatever its size."""


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


@dataclass(frozen=True, slots=True)
class LedgerAccount:
    """An account with what its bills tell of it; ``newest`` is the body of the record made last."""

    account_id: str
    issuer_id: str
    issuer_name: str
    number: str
    metadata: str
    created_at: datetime
    updated_at: datetime
    latest_statement_date: date | None
    covered_from: date | None
    covered_until: date | None
    bill_count: int
    project_ids: tuple[ProjectId, ...]
    newest: bytes | None


@dataclass(frozen=True, slots=True)
class LedgerMeter:
    """A meter with what its bills tell of it; ``newest`` is the body of the newest record that shows it."""

    meter_id: str
    account_id: str
    commodity: str
    number: str
    service_point: str
    tariff: str
    supplier: str
    associated_meter_id: str | None
    supplied_by: str | None
    metadata: str
    created_at: datetime
    updated_at: datetime
    active_from: date | None
    active_until: date | None
    bill_count: int
    lengths: tuple[int, ...]
    project_id: ProjectId | None
    newest: bytes | None


Facts = TypeVar("Facts", LedgerAccount, LedgerMeter)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLists:
    """Whose accounts or meters a list holds; None asks for all of the tenant's."""

    tenant_id: TenantId
    project_ids: tuple[ProjectId, ...] | None = None
    account_id: str | None = None
    commodity: str | None = None
    before: tuple[datetime, str] | None = None


async def ledger_accounts(connection: Connection, asked: AskedLists, limit: int) -> list[LedgerAccount]:
    """Return accounts, newest first."""
    rows = await connection.fetch(
        ACCOUNTS_OF_PROJECTS if asked.project_ids is not None else ACCOUNTS_OF_TENANT,
        list(asked.project_ids) if asked.project_ids is not None else asked.tenant_id,
        *(asked.before or (None, None)),
        limit,
    )
    return await accounts_by_id(connection, [row["account_id"] for row in rows])


async def accounts_by_id(connection: Connection, account_ids: Sequence[str]) -> list[LedgerAccount]:
    """Return the tenant's accounts of these ids, in their order."""
    rows = await connection.fetch(ACCOUNT_FACTS, list(account_ids), BILLS_COUNTED)
    return [_made(LedgerAccount, row) for row in rows]


async def knows_account(connection: Connection, account_id: str) -> bool:
    """Tell whether the tenant has an account of this id."""
    sql = "SELECT EXISTS (SELECT FROM profile.account WHERE account_id = $1)"
    return bool(await connection.fetchval(sql, account_id))


async def ledger_meters(connection: Connection, asked: AskedLists, limit: int) -> list[LedgerMeter]:
    """Return meters, newest first."""
    arguments: list[Any] = [*(asked.before or (None, None)), limit, asked.commodity]
    if asked.account_id is not None:
        projects = None if asked.project_ids is None else list(asked.project_ids)
        rows = await connection.fetch(METERS_OF_ACCOUNT, *arguments, asked.account_id, projects)
    elif asked.project_ids is not None:
        rows = await connection.fetch(METERS_OF_PROJECTS, *arguments, list(asked.project_ids))
    else:
        rows = await connection.fetch(METERS_OF_TENANT, *arguments, asked.tenant_id)
    return await meters_by_id(connection, [row["meter_id"] for row in rows])


async def meters_by_id(connection: Connection, meter_ids: Sequence[str]) -> list[LedgerMeter]:
    """Return the tenant's meters of these ids, in their order."""
    rows = await connection.fetch(METER_FACTS, list(meter_ids), BILLS_COUNTED)
    return [_made(LedgerMeter, row) for row in rows]


async def meters_of_accounts(connection: Connection, account_ids: Sequence[str]) -> list[LedgerMeter]:
    """Return the meters of accounts, by commodity and number."""
    rows = await connection.fetch(_METERS_OF_ACCOUNTS, list(account_ids))
    return await meters_by_id(connection, [row["meter_id"] for row in rows])


async def supply_meters(connection: Connection, meter_ids: Sequence[str]) -> frozenset[str]:
    """Return those of the meters whose energy another one's distribution states as well."""
    if not meter_ids:
        return frozenset()
    sql = "SELECT meter_id FROM profile.meter WHERE meter_id = ANY($1::uuid[]) AND associated_meter_id IS NOT NULL"
    return frozenset(row["meter_id"] for row in await connection.fetch(sql, list(meter_ids)))


async def save_account_metadata(connection: Connection, account_id: str, metadata: str) -> bool:
    """Replace an account's metadata; False where the tenant has none of this id."""
    sql = (
        "UPDATE profile.account SET metadata = $2, updated_at = clock_timestamp() WHERE account_id = $1 RETURNING true"
    )
    return await connection.fetchval(sql, account_id, metadata) is not None


async def save_meter_metadata(connection: Connection, meter_id: str, metadata: str) -> bool:
    """Replace a meter's metadata; False where the tenant has none of this id."""
    sql = "UPDATE profile.meter SET metadata = $2, updated_at = clock_timestamp() WHERE meter_id = $1 RETURNING true"
    return await connection.fetchval(sql, meter_id, metadata) is not None


def _made(kind: type[Facts], row: Any) -> Facts:
    """Return a row as what its columns are named for; arrays as tuples."""
    values: dict[str, Any] = {}
    for one in fields(kind):
        value = row[one.name]
        values[one.name] = tuple(value) if isinstance(value, list) else value
    return kind(**values)


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

ACCOUNTS_OF_TENANT = """
SELECT account_id FROM profile.account
WHERE tenant_id = $1 AND ($2::timestamptz IS NULL OR (created_at, account_id) < ($2, $3::uuid))
ORDER BY created_at DESC, account_id DESC LIMIT $4
"""

ACCOUNTS_OF_PROJECTS = """
SELECT account_id FROM profile.account WHERE account_id = ANY (ARRAY(
    SELECT shown FROM unnest($1::uuid[]) AS one (project_id)
    CROSS JOIN LATERAL profile.accounts_of_project(one.project_id) AS shown
)) AND ($2::timestamptz IS NULL OR (created_at, account_id) < ($2, $3::uuid))
ORDER BY created_at DESC, account_id DESC LIMIT $4
"""

# Of each account on the page: ends of an index, never all of its bills.
ACCOUNT_FACTS = """
SELECT account_id, issuer_id, issuer_name, number, metadata, created_at,
    greatest(account.printed_at, account.updated_at) AS updated_at,
    (SELECT statement_date FROM profile.statement WHERE statement.account_id = account.account_id
        AND archived_at IS NULL ORDER BY statement_date DESC NULLS LAST LIMIT 1) AS latest_statement_date,
    (SELECT start_date FROM profile.statement WHERE statement.account_id = account.account_id
        AND archived_at IS NULL ORDER BY start_date LIMIT 1) AS covered_from,
    (SELECT end_date FROM profile.statement WHERE statement.account_id = account.account_id
        AND archived_at IS NULL ORDER BY end_date DESC NULLS LAST LIMIT 1) AS covered_until,
    (SELECT count(*)::int FROM (SELECT FROM profile.statement WHERE statement.account_id = account.account_id
        AND archived_at IS NULL ORDER BY start_date LIMIT $2) AS counted) AS bill_count,
    ARRAY(
        WITH RECURSIVE shown AS (
            (SELECT project_id FROM profile.statement WHERE statement.account_id = account.account_id
            ORDER BY project_id LIMIT 1)
            UNION ALL
            SELECT (SELECT project_id FROM profile.statement WHERE statement.account_id = account.account_id
                AND statement.project_id > shown.project_id ORDER BY project_id LIMIT 1)
            FROM shown WHERE shown.project_id IS NOT NULL
        )
        SELECT project_id FROM shown WHERE project_id IS NOT NULL LIMIT 200
    ) AS project_ids,
    (SELECT body FROM profile.record WHERE record.account_id = account.account_id
        ORDER BY recorded_at DESC, bill_id DESC, ordinal DESC, revision DESC LIMIT 1) AS newest
FROM unnest($1::uuid[]) WITH ORDINALITY AS asked (account_id, place) JOIN profile.account USING (account_id)
ORDER BY place
"""

_METERS = """
SELECT meter_id FROM profile.meter
WHERE ($1::timestamptz IS NULL OR (created_at, meter_id) < ($1, $2::uuid)) AND ($4::text IS NULL OR commodity = $4) AND {which}
ORDER BY created_at DESC, meter_id DESC LIMIT $3
"""
# OFFSET 0 keeps the planner to asking meter by meter, bill by bill, where a join would read all that any meter shows.
_SHOWN_IN = """EXISTS (
    SELECT FROM profile.statement_meter AS shown CROSS JOIN LATERAL (
        SELECT project_id FROM profile.statement
        WHERE statement.bill_id = shown.bill_id AND statement.ordinal = shown.ordinal OFFSET 0
    ) AS stated WHERE shown.meter_id = meter.meter_id AND stated.project_id = ANY ({projects}::uuid[]) OFFSET 0)"""
METERS_OF_TENANT = _METERS.format(which="tenant_id = $5")
METERS_OF_ACCOUNT = _METERS.format(
    which=f"account_id = $5 AND ($6::uuid[] IS NULL OR {_SHOWN_IN.format(projects='$6')})"
)
METERS_OF_PROJECTS = _METERS.format(
    which=f"""account_id = ANY (ARRAY(
    SELECT shown FROM unnest($5::uuid[]) AS one (project_id)
    CROSS JOIN LATERAL profile.accounts_of_project(one.project_id) AS shown
)) AND {_SHOWN_IN.format(projects="$5")}"""  # noqa: S608 our own words
)

# Of each meter on the page: ends of an index, with the statements that stand there.
_STANDING = """profile.statement_meter AS shown JOIN profile.statement USING (bill_id, ordinal)
        WHERE shown.meter_id = meter.meter_id AND archived_at IS NULL"""

METER_FACTS = f"""
SELECT meter_id, account_id, commodity, number, service_point, tariff, supplier, associated_meter_id, metadata, created_at,
    greatest(meter.printed_at, meter.updated_at) AS updated_at,
    (SELECT other.meter_id FROM profile.meter AS other WHERE other.tenant_id = meter.tenant_id
        AND other.associated_meter_id = meter.meter_id ORDER BY other.meter_id LIMIT 1) AS supplied_by,
    (SELECT shown.start_date FROM {_STANDING} AND shown.start_date IS NOT NULL
        ORDER BY shown.start_date LIMIT 1) AS active_from,
    (SELECT shown.end_date FROM {_STANDING} AND shown.end_date IS NOT NULL
        ORDER BY shown.end_date DESC LIMIT 1) AS active_until,
    (SELECT count(*)::int FROM (
        SELECT FROM {_STANDING} ORDER BY shown.start_date LIMIT $2
    ) AS counted) AS bill_count,
    ARRAY(SELECT shown.end_date - shown.start_date FROM {_STANDING} AND shown.end_date IS NOT NULL
        ORDER BY shown.end_date DESC LIMIT 12) AS lengths,
    newest.project_id, newest.body AS newest
FROM unnest($1::uuid[]) WITH ORDINALITY AS asked (meter_id, place) JOIN profile.meter USING (meter_id)
LEFT JOIN LATERAL (
    SELECT record.project_id, record.body FROM (
        (SELECT bill_id, ordinal, revision FROM {_STANDING} AND shown.end_date IS NOT NULL
        ORDER BY shown.end_date DESC LIMIT 1)
        UNION ALL
        (SELECT bill_id, ordinal, revision FROM {_STANDING} AND shown.end_date IS NULL LIMIT 1)
        LIMIT 1
    ) AS last JOIN profile.record USING (bill_id, ordinal, revision)
) AS newest ON true
ORDER BY place
"""  # noqa: S608 our own words
