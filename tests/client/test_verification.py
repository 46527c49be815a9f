"""Webhooks verified by the client: the published vector, the reference library's signatures, and everything that is none."""

import json
import time
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from billowatt_client import WebhookNotVerified, verify_get_webhook, verify_webhook
from gateway.webhooks.sign import new_secret, secret_text

BODY = json.dumps({"type": "x", "timestamp": "2026-03-02T09:00:00Z", "data": {"name": "Zähler"}}).encode()
SECRET = secret_text(new_secret())


def _signed(secret=SECRET, body=BODY, at=None):
    at = int(time.time()) if at is None else at
    signature = Webhook(secret).sign("evt-1", datetime.fromtimestamp(at, UTC), body.decode())
    return {"Webhook-Id": "evt-1", "Webhook-Timestamp": str(at), "Webhook-Signature": signature}


def test_published_vector_is_verified():
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    url = '{"test": 2432232314}'
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert verify_get_webhook(secret, headers, url, now_seconds=1614265330) == headers["webhook-id"]


def test_signature_of_the_reference_library_is_verified():
    event = verify_webhook(SECRET, _signed(), BODY)
    assert (event.event_id, event.type, event.data) == ("evt-1", "x", {"name": "Zähler"})


def test_any_of_several_signatures_and_secrets_is_enough():
    headers = _signed()
    headers["Webhook-Signature"] = f"v1a,AAAA v1,bm9uZQ== v1,%%% {headers['Webhook-Signature']}"
    verify_webhook([secret_text(new_secret()), SECRET], headers, BODY)


@pytest.mark.parametrize(
    "change",
    [
        {"Webhook-Id": "evt-2"},
        {"Webhook-Timestamp": str(int(time.time()) - 301)},
        {"Webhook-Timestamp": "soon"},
        {"Webhook-Timestamp": "9" * 5000},
        {"Webhook-Signature": ""},
        {"Webhook-Signature": "v1,"},
        {"Webhook-Signature": "v2,AAAA"},
        {"Webhook-Signature": None},
        {"Webhook-Id": None},
    ],
)
def test_altered_headers_do_not_pass(change):
    headers = {name: value for name, value in {**_signed(), **change}.items() if value is not None}
    with pytest.raises(WebhookNotVerified):
        verify_webhook(SECRET, headers, BODY)


@pytest.mark.parametrize("at", [-301, 301])
def test_message_from_another_time_does_not_pass(at):
    with pytest.raises(WebhookNotVerified):
        verify_webhook(SECRET, _signed(at=int(time.time()) + at), BODY)


def test_altered_body_and_other_secret_do_not_pass():
    for secret, body in ((SECRET, BODY + b" "), (secret_text(new_secret()), BODY), ([], BODY)):
        with pytest.raises(WebhookNotVerified):
            verify_webhook(secret, _signed(), body)


def test_signed_body_that_is_no_event_does_not_pass():
    with pytest.raises(WebhookNotVerified):
        verify_webhook(SECRET, _signed(body=b"[]"), b"[]")
