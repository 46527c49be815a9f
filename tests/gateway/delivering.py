"""Puts the two halves of webhooks together with a schedule that a test can wait for."""

import uuid

from google.protobuf.timestamp_pb2 import Timestamp

from gateway.dialects.mounted import DIALECTS
from gateway.service import build_webhooks
from gateway.webhooks.dispatch import Dispatcher
from gateway.webhooks.follow import changes_follower
from gateway.webhooks.guard import Guard
from gateway.webhooks.schedule import Schedule
from gateway.webhooks.seal import Seal
from gateway.webhooks.send import Sender
from protos.profile.v1 import profile_pb2
from runtime.component import Component
from runtime.rpc.client import Credentials
from tests.gateway.edge import running, until

FAST = Schedule(waits_seconds=(0.0,) + (0.02,) * 9, jitter=0.0, probe_seconds=0.2, probe_seconds_max=0.2)


def following(edge, channel=None):
    """Make events of the changes that a test plays, or of those that another channel tells, while the block runs."""
    follower = changes_follower(edge.database, channel or edge.changes_channel, Credentials(edge.tokens))
    return running(Component(name="follow", tasks=(("follow", follower.run),)))


async def dispatch(
    edge, stopping, *, schedule=FAST, timeout_seconds=5.0, lease_seconds=30.0, workers=16, guard=None, **sender
):
    """Dispatch until told to stop."""
    guard = guard or Guard(allow_loopback=True)
    async with Sender(guard, timeout_seconds=timeout_seconds, **sender) as one:
        await Dispatcher(
            edge.database,
            one,
            guard,
            Seal(edge.settings.secret),
            schedule=schedule,
            workers=workers,
            lease_seconds=lease_seconds,
            log_days=90,
            poll_seconds=0.02,
            tidy_seconds=0.1,
        ).run(stopping)


def dispatching(edge, **options):
    """Dispatch while the block runs."""
    return running(
        Component(name="dispatch", tasks=(("dispatch", lambda stopping: dispatch(edge, stopping, **options)),))
    )


def telling(edge, dialects=DIALECTS, schedule=FAST):
    """Run the role that tells partners what really changes, while the block runs."""
    rooms, credentials = edge.rooms_channel, Credentials(edge.tokens)
    return running(
        build_webhooks(edge.settings, edge.database, rooms, rooms, credentials, schedule=schedule, dialects=dialects)
    )


async def make_endpoint(edge, url, **members):
    return await edge.json("POST", "/v1/webhook_endpoints", status=201, json={"url": url, **members})


async def delivery_log(edge, endpoint, query=""):
    page = await edge.json("GET", f"/v1/webhook_endpoints/{endpoint['webhook_endpoint_id']}/deliveries{query}")
    return page["deliveries"]


async def in_log(edge, endpoint, count, query="?status=succeeded"):
    """Wait until so many deliveries stand in the log."""

    async def there():
        found = await delivery_log(edge, endpoint, query)
        return found if len(found) == count else None

    return await until(there)


def completed(edge, *, position, succeeded=True, bill_id=None, tenant_id=None, project_id=None):
    now = Timestamp()
    now.GetCurrentTime()
    return profile_pb2.Change(
        position=position,
        occurred_at=now,
        tenant_id=tenant_id or edge.tenant_id,
        project_id=project_id or str(uuid.uuid4()),
        event_id=str(uuid.uuid4()),
        parse_completed=profile_pb2.ParseCompleted(
            bill_id=bill_id or str(uuid.uuid4()),
            job_id=str(uuid.uuid4()),
            succeeded=succeeded,
            failure_reason="" if succeeded else "not_a_bill",
            failure_detail="" if succeeded else "The pages show no bill.",
            completed_at=now,
            profile_version=7 if succeeded else 0,
        ),
    )


def told(edge, *, position, **what):
    """A change of any kind."""
    now = Timestamp()
    now.GetCurrentTime()
    return profile_pb2.Change(
        position=position,
        occurred_at=now,
        tenant_id=edge.tenant_id,
        project_id=str(uuid.uuid4()),
        event_id=str(uuid.uuid4()),
        **what,
    )


def profile_changed(edge, *, position):
    now = Timestamp()
    now.GetCurrentTime()
    return profile_pb2.Change(
        position=position,
        occurred_at=now,
        tenant_id=edge.tenant_id,
        project_id=str(uuid.uuid4()),
        event_id=str(uuid.uuid4()),
        profile_changed=profile_pb2.ProfileChanged(version=3, active_bill_id=str(uuid.uuid4())),
    )


def bill_removed(edge, *, position, bill_id):
    now = Timestamp()
    now.GetCurrentTime()
    return profile_pb2.Change(
        position=position,
        occurred_at=now,
        tenant_id=edge.tenant_id,
        project_id=str(uuid.uuid4()),
        event_id=str(uuid.uuid4()),
        bill_removed=profile_pb2.BillRemoved(bill_id=bill_id),
    )
