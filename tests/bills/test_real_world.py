"""Bills built as real issuers build theirs: whole tariffs, several statements in a file, and pages that a person could read."""

from collections import defaultdict
from decimal import Decimal
from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import read as bench_read
from bench.bills import corpus, score
from bench.bills.families.catalogue import REAL_WORLD, chosen, families, family_of
from bench.bills.forms.markup import areas_of
from bench.bills.model.draw import cut, draw_bill
from bench.bills.paper.sheet import Sheet
from bench.readers.cases import Answer, Case
from bench.readers.report import Scored

SEED = 13
TESTS = list(chosen(REAL_WORLD))
BUILT_ALIKE = [*TESTS, *(family for family in families() if "-real-" in family.name)]
TOUCH_POINTS = 0.5
"""Boxes of type may touch by this much: capitals are lower than the type size."""


def test_real_world_group_is_a_part_of_the_test_split_in_every_language():
    assert {family.split for family in TESTS} == {"test"}
    assert len(TESTS) >= 14
    assert {family.language for family in TESTS} == {"en", "es", "fr", "de", "pt", "it"}
    assert len({family.country.code for family in TESTS}) >= 12


@pytest.mark.parametrize("family", BUILT_ALIKE, ids=lambda family: family.name)
def test_no_text_lies_on_another_or_off_the_page(family, monkeypatch):
    lines = defaultdict(set)
    set_line = Sheet.text

    def note(sheet, x, y, text, size=9, *, face="regular", align="left", colour=0):
        length = sheet.length(text, size, face)
        left = x - {"left": 0.0, "right": length, "centre": length / 2}[align]
        if text.strip():
            lines[sheet].add((sheet.page, left, y - size * 0.72, left + length, y, text))
        return set_line(sheet, x, y, text, size, face=face, align=align, colour=colour)

    if family.statements > 1:
        monkeypatch.setattr(type(family), "statements", 1)
    monkeypatch.setattr(Sheet, "text", note)
    corpus.make_bill(family, 2, SEED)
    sheet, last = max(lines.items(), key=lambda found: len(found[1]))
    for page, left, top, right, foot, text in last:
        assert 0 <= left < right <= sheet.width, (page, text)
        assert 0 <= top < foot <= sheet.height, (page, text)
    for one, other in combinations(last, 2):
        across = min(one[3], other[3]) - max(one[1], other[1])
        down = min(one[4], other[4]) - max(one[2], other[2])
        assert one[0] != other[0] or across <= TOUCH_POINTS or down <= TOUCH_POINTS, (one, other)


def family_with(schedule, **economy):
    return family_of(
        {
            "name": "x",
            "split": "train",
            "country": "DE",
            "language": "de",
            "pages": [],
            "economy": economy,
            "schedule": schedule,
        }
    )


def drawn(schedule, **economy):
    family = family_with(schedule, **economy)
    return draw_bill(Random(4), family.economy, family.country, "de", family.utility(), family.shapes())


def test_schedule_counts_each_line_by_what_it_names():
    bill = drawn(
        [
            {"concept": "a", "section": "energy", "per": "register/ht", "price": [0.2, 0.3], "text": "A"},
            {"concept": "b", "section": "energy", "per": "register/nt", "price": [0.1, 0.2]},
            {"concept": "c", "section": "grid", "per": "kw_day", "price": [0.05, 0.06]},
            {"concept": "d", "section": "grid", "per": "first/40", "price": [0.01, 0.02]},
            {"concept": "e", "section": "grid", "per": "rest/40", "price": [0.01, 0.02]},
            {"concept": "f", "section": "taxes", "per": "percent", "percent": "19", "of": ["energy", "c"]},
            {
                "concept": "g",
                "section": "other",
                "per": "bill",
                "price": [3, 4],
                "places": 2,
                "commodity": "bill",
                "credit": True,
            },
        ],
        registers=["ht", "nt"],
    )
    a, b, c, d, e, f, g = bill.charges
    assert [register.usage for register in bill.main.meters[0].registers] == [a.quantity, b.quantity]
    assert a.quantity + b.quantity == d.quantity + e.quantity == bill.main.usage
    assert (c.unit, c.days) == ("kW", bill.days)
    assert f.base == a.amount + b.amount + c.amount
    assert (g.amount < 0, g.commodity) == (True, "")
    assert g in bill.other_charges


def test_gas_says_the_numbers_that_its_factor_is_made_of():
    line = [{"concept": "a", "section": "gas", "price": [0.1, 0.2]}]
    state = drawn(line, commodities=["gas"], gas_unit="kWh", gas_factors="state").main.meters[0]
    assert state.factor == state.factors[0] * state.factors[1]
    calorific = drawn(line, commodities=["gas"], gas_unit="kWh", gas_factors="calorific").main.meters[0]
    assert calorific.usage == (
        calorific.volume * calorific.factors[0] * calorific.factors[1] / Decimal("3.6")
    ).quantize(Decimal(1))


@given(st.integers(1, 9).flatmap(lambda count: st.tuples(st.just(count), st.integers(count, 5000))), st.integers())
def test_registers_share_the_whole_usage(counts, seed):
    count, whole = counts
    parts = cut(Random(seed), whole, count)
    assert (len(parts), sum(parts)) == (count, whole)
    assert min(parts) >= 1


def test_markup_refuses_a_look_that_it_does_not_know():
    area = next(areas_of("@ 1 2 3 zebra=00FF00 grid rows type=courier cols=50,50r\n%block chart.bars\n*a | b"))
    assert (area.zebra, area.grid, area.rows, area.typeface, len(area.lines)) == (0x00FF00, True, True, "courier", 2)
    with pytest.raises(ValueError, match="blink"):
        next(areas_of("@ 1 2 3 blink\ntext"))


def test_file_of_several_statements_tells_the_truth_of_each():
    made = next(corpus.make_bills("us-real-batch", 1, SEED))
    others = made.truth["more"]
    accounts = [truth["account_number"] for truth in (made.truth, *others)]
    assert len(set(accounts)) == made.family.statements == 3
    assert made.printed.pages == 6
    for truth, marks in zip((made.truth, *others), (made.printed.marks, *made.printed.more), strict=True):
        assert marks["account_number"][0] == truth["account_number"]


def test_statement_that_was_not_read_is_missed_and_one_too_many_is_wrong():
    truth = next(corpus.make_bills("us-real-batch", 1, SEED)).truth
    alone = score.Share.of(score.atoms_of({key: value for key, value in truth.items() if key != "more"}, truth))
    assert alone.wrong == 0
    assert alone.missing > alone.correct
    (wrong,) = score.atoms_of({"more": [{}]}, {"kind": "bill"})
    assert (wrong.field, wrong.verdict) == ("statements", score.Verdict.WRONG)


def test_groups_of_a_run_are_measured_by_themselves(capsys, tmp_path):
    right, wrong = (score.Atom("utility", verdict) for verdict in (score.Verdict.CORRECT, score.Verdict.WRONG))
    rows = [
        Scored(Case(tmp_path, "text", {"group": REAL_WORLD}), Answer({}, 0.1), (right,)),
        Scored(Case(tmp_path, "text", {"group": ""}), Answer({}, 0.1), (right, wrong)),
    ]
    figures = bench_read.by_group("text", rows)
    assert (figures["real_world_text_recall"], figures["others_text_recall"]) == (1.0, 0.5)
    assert "product, text, real-world" in capsys.readouterr().out
    assert bench_read.by_group("text", rows[:1]) == {}
