"""``billowatt keys`` for a tenant's administrator, ``billowatt tenants`` for the operator."""

import asyncio

import click

from billowatt.commands.options import AS_JSON, Where, make_sure, remote
from billowatt.terminal import Talk, print_json

SCOPES = ["upload", "read", "amend", "webhooks", "admin"]
YES = click.option("--yes", is_flag=True, help="Do not ask.")


@click.group()
def keys() -> None:
    """List, make, rotate and revoke API keys.

    With a key that has the scope `admin`, as the one of the data folder has.
    """


@keys.command("list")
@click.option("--all", "every", is_flag=True, help="Those that were revoked or expired, too.")
@AS_JSON
@remote
def list_keys(every: bool, as_json: bool, where: Where, talk: Talk) -> None:
    """List keys, newest first; their texts are not kept."""
    with where.client() as client:
        found = list(client.api_keys(live=None if every else True))
    if as_json:
        for key in found:
            print_json(key.raw)
        return
    from rich.table import Table

    from billowatt.terminal import escaped

    table = Table("key", "name", "begins", "scopes", "last used", "ends", box=None, pad_edge=False)
    for key in found:
        used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
        ends = key.revoked_at or key.expires_at
        table.add_row(
            key.key_id,
            escaped(key.name),
            escaped(key.prefix),
            " ".join(key.scopes),
            used,
            f"{ends:%Y-%m-%d %H:%M}" if ends else "",
        )
    talk.console().print(table)


@keys.command()
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES), help="May be repeated; admin is all."
)
@click.option("--expires-in-days", type=click.IntRange(1, 3650), help="When it ends by itself.  [default: never]")
@AS_JSON
@remote
def create(
    name: str, scopes: tuple[str, ...], expires_in_days: int | None, as_json: bool, where: Where, talk: Talk
) -> None:
    r"""Make a key, and print its text, this once.

    The text alone goes to standard output.

    \b
    Example:
      BILLOWATT_API_KEY=$(billowatt keys create nightly --scope upload --scope read)
    """
    with where.client() as client:
        made = client.create_api_key(name, scopes, expires_in_days=expires_in_days)
    if as_json:
        print_json(made.raw)
        return
    talk.say(f"made       key {made.key_id}; its text, shown this once:")
    click.echo(made.api_key)


@keys.command()
@click.argument("key_id")
@click.option("--grace-hours", type=click.IntRange(0, 720), help="How long the old one works on.  [default: 24]")
@AS_JSON
@remote
def rotate(key_id: str, grace_hours: int | None, as_json: bool, where: Where, talk: Talk) -> None:
    """Make a key like one, and print its text; the old one works on for a while."""
    with where.client() as client:
        made = client.rotate_api_key(key_id, grace_hours=grace_hours)
    if as_json:
        print_json(made.raw)
        return
    talk.say(f"made       key {made.key_id} in place of {key_id}; its text, shown this once:")
    click.echo(made.api_key)


@keys.command()
@click.argument("key_id")
@YES
@remote
def revoke(key_id: str, yes: bool, where: Where, talk: Talk) -> None:
    """End a key for good; within seconds nobody accepts it."""
    make_sure(f"End key {key_id} for good?", yes)
    with where.client() as client:
        client.revoke_api_key(key_id)
    talk.say(f"revoked    {key_id}")


@click.group()
def tenants() -> None:
    """List, make and erase tenants, for the operator.

    With BILLOWATT_OPERATOR_KEY, the same here and where Billowatt runs.
    """


@tenants.command("list")
@AS_JSON
@remote
def list_tenants(as_json: bool, where: Where, talk: Talk) -> None:
    """List all tenants, newest first."""
    with where.operator() as client:
        found = list(client.tenants())
    if as_json:
        for tenant in found:
            print_json(tenant.raw)
        return
    from rich.table import Table

    from billowatt.terminal import escaped

    table = Table("tenant", "name", "made", box=None, pad_edge=False)
    for tenant in found:
        table.add_row(tenant.tenant_id, escaped(tenant.name), f"{tenant.created_at:%Y-%m-%d %H:%M}")
    talk.console().print(table)


@tenants.command("create")
@click.argument("name")
@remote
def create_tenant(name: str, where: Where, talk: Talk) -> None:
    """Make a tenant with a first key, and print both as JSON.

    Where BILLOWATT_DATABASE_URL is set and no operator's key, it is made in that database directly, before anything runs.
    """
    settings = where.settings()
    if settings.database_url and not settings.operator_key:
        from billowatt.tenants import make_tenant_in

        tenant_id, api_key = asyncio.run(make_tenant_in(settings.database_url, name))
        print_json({"tenant_id": tenant_id, "api_key": api_key})
        return
    with where.operator() as client:
        made = client.create_tenant(name)
    print_json({"tenant_id": made.tenant_id, "api_key": made.first_key.api_key if made.first_key else None})


@tenants.command()
@click.argument("tenant_id")
@YES
@remote
def erase(tenant_id: str, yes: bool, where: Where, talk: Talk) -> None:
    """Erase all of a tenant, and print the receipt as JSON.

    Files, readings, ledger, events and keys; what stays are tombstones (docs/rest.md). It cannot be undone.
    """
    from billowatt.remote.erasing import erase_tenant

    make_sure(f"Erase all of tenant {tenant_id}? It cannot be undone.", yes)
    with where.operator() as client:
        print_json(erase_tenant(client, talk, tenant_id))
