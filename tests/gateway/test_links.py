"""Download links prove themselves, and nothing else passes for one."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import BillId, ProjectId, TenantId
from domain.refusals import LinkExpired
from gateway.links import Link, Links

LINK = Link(tenant_id=TenantId("t"), project_id=ProjectId("p"), bill_id=BillId("b"), expires_at=1000)


def test_link_comes_back_as_it_was_sealed():
    links = Links("secret")
    assert links.open(links.seal(LINK), now_seconds=999.9) == LINK


def test_link_is_refused_when_its_time_is_over():
    links = Links("secret")
    with pytest.raises(LinkExpired):
        links.open(links.seal(LINK), now_seconds=1000)


def test_link_is_refused_when_another_installation_sealed_it():
    with pytest.raises(LinkExpired):
        Links("secret").open(Links("other").seal(LINK), now_seconds=0)


def test_link_is_refused_when_its_time_was_moved():
    token = Links("secret").seal(LINK)
    body, signature = token.split(".")
    later = base64.urlsafe_b64decode(body + "==").replace(b"1000", b"9000")
    with pytest.raises(LinkExpired):
        Links("secret").open(f"{base64.urlsafe_b64encode(later).rstrip(b'=').decode()}.{signature}", now_seconds=0)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_link_is_refused_when_any_byte_was_altered(place, change):
    token = bytearray(Links("secret").seal(LINK).encode())
    token[place % len(token)] ^= change
    with pytest.raises(LinkExpired):
        Links("secret").open(token.decode("latin-1"), now_seconds=0)


@given(st.text(max_size=200))
def test_text_that_is_no_link_is_refused(text):
    with pytest.raises(LinkExpired):
        Links("secret").open(text, now_seconds=0)


def test_field_with_a_line_break_is_never_sealed():
    with pytest.raises(ValueError, match="line break"):
        Links("secret").seal(
            Link(tenant_id=TenantId("t\np"), project_id=ProjectId(""), bill_id=BillId("b"), expires_at=1)
        )
