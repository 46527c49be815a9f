"""Names: the tariff and the utility, as issuers of many countries print them; all names and numbers are invented."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from domain.outcome import Success
from domain.summary import summary
from services.parser.understand import understand
from tests.parser.understand.conftest import document
from tests.parser.understand.test_papers import typed

SHELVES = sorted((Path(__file__).parent / "names").glob("*.toml"))
PAPERS = [paper for shelf in SHELVES for paper in tomllib.loads(shelf.read_text(encoding="utf-8"))["paper"]]


def bare(text: Any) -> str:
    """Return the letters and digits of a text, small."""
    return "".join(c for c in str(text or "").casefold() if c.isalnum())


def named(got: Any, want: str) -> bool:
    """Tell whether a name was read: whole, or without its legal form or what follows it, and half of it at least."""
    one, other = sorted((bare(got), bare(want)), key=len)
    return one in other and len(one) >= 0.5 * len(other)


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper["name"])
def test_tariff_and_utility_are_read_as_printed(paper: dict[str, Any]) -> None:
    outcome = understand(document(*typed(paper["text"])))
    assert isinstance(outcome, Success)
    read = summary(outcome.readings[0])
    if "utility" in paper:
        assert named(read["utility"], paper["utility"])
    tariffs = [meter["tariff"] for meter in read["meters"]]
    assert tariffs
    if paper["tariffs"]:
        assert [one for one in tariffs if not any(named(one, want) for want in paper["tariffs"])] == []
    else:
        assert set(tariffs) == {None}
    if paper.get("each"):
        assert [want for want in paper["tariffs"] if not any(named(one, want) for one in tariffs)] == []


def test_programmes_that_sentences_name_twice_are_no_issuers() -> None:
    text = """
Account 0044118220      Bill date 01/10/2024      Due 01/31/2024
Meter 44118   12/05/2023 - 01/06/2024   Previous 1000  Current 1080  80 CCF
Gas charges                      $90.00
Total current charges            $90.00
Call Operation Round Up or contact Salvation Army about heating help.
Contact Operation Round Up. Contact Salvation Army.
"""
    outcome = understand(document(*typed(text)))
    assert isinstance(outcome, Success)
    assert outcome.readings[0].issuer is None


def test_hours_of_an_office_at_the_head_are_no_issuer() -> None:
    text = """
Water Office Hours
Account 0044118220      Bill date 01/10/2024      Due 01/31/2024
Meter 44118   12/05/2023 - 01/06/2024   Previous 1000  Current 1080  80 CCF
Water charges                    $90.00
Total current charges            $90.00
"""
    outcome = understand(document(*typed(text)))
    assert isinstance(outcome, Success)
    assert outcome.readings[0].issuer is None
