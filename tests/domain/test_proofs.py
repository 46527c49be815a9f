"""The identities that are checked have names that others can rely on."""

import re
from pathlib import Path

from domain import proofs


def test_every_identity_that_is_checked_is_listed_under_who_can_check_it():
    named = set(re.findall(r'"([a-z_]+_is_[a-z_]+|[a-z_]+_(?:sum|are)_[a-z_]+)",\n', Path(proofs.__file__).read_text()))
    assert named == {*proofs.RULES, *proofs.PRINTED_RULES}
    assert set(proofs.RULES).isdisjoint(proofs.PRINTED_RULES)
    assert named > proofs.CONFIRMING_RULES
