"""Ids made from names are those of RFC 9562."""

from uuid import NAMESPACE_DNS, UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from runtime.uuids import bytes_of, named_id, text_of


@given(st.text())
def test_named_id_is_the_one_of_the_standard_library(name):
    assert named_id(NAMESPACE_DNS, name) == str(uuid5(NAMESPACE_DNS, name))


@given(st.uuids())
def test_text_and_bytes_of_an_id_lead_to_each_other(id_: UUID):
    assert text_of(bytes_of(str(id_))) == str(id_)
