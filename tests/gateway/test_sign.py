"""Signatures as Standard Webhooks writes them, judged by the reference library and by the specification's own vector."""

import base64
import json
import time
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from gateway.webhooks.sign import new_secret, secret_text, sign, signature_headers

BODY = '{"type":"x","data":{"name":"Zähler"}}'.encode()


def test_signature_is_that_of_the_published_vector():
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    told = sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, secret)
    assert told == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_signature_is_that_of_the_reference_library():
    secret = new_secret()
    now = datetime.now(UTC).replace(microsecond=0)
    theirs = Webhook(secret_text(secret)).sign("evt-1", now, BODY.decode())
    assert sign("evt-1", int(now.timestamp()), BODY, secret) == theirs


def test_either_secret_verifies_when_two_are_live():
    secrets = [new_secret(), new_secret()]
    headers = signature_headers("evt-2", int(time.time()), BODY, secrets)
    for secret in secrets:
        assert Webhook(secret_text(secret)).verify(BODY, headers) == json.loads(BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_text(new_secret())).verify(BODY, headers)


@pytest.mark.parametrize("part", ["body", "id", "timestamp"])
def test_signature_does_not_fit_when_anything_was_altered(part):
    secret, now = new_secret(), int(time.time())
    headers = signature_headers("evt-3", now, BODY, [secret])
    body = BODY
    match part:
        case "body":
            body += b" "
        case "id":
            headers["webhook-id"] = "evt-4"
        case "timestamp":
            headers["webhook-timestamp"] = str(now + 1)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_text(secret)).verify(body, headers)
