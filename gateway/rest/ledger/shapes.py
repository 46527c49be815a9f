"""What the partners' JSON of the ledger looks like: pure renderers from the rooms' answers."""

from gateway.rest.answers import Json, time_of
from protos.profile.v1 import profile_pb2


def account_json(account: profile_pb2.Account) -> Json:
    """Render a customer's account with a utility."""
    return {
        "account_id": account.account_id,
        "issuer_id": account.issuer_id or None,
        "issuer_name": account.issuer_name or None,
        "account_number": account.account_number or None,
        "meters": [
            {
                "meter_id": meter.meter_id,
                "number": meter.number or None,
                "commodity": meter.commodity or None,
                "tariff": meter.tariff or None,
            }
            for meter in account.meters
        ],
        "created_at": time_of(account, "created_at"),
    }
