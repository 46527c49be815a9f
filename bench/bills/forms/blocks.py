"""Every renderer by the name that families call it by."""

from bench.bills import other_papers
from bench.bills.continental import letters, lists, registers
from bench.bills.layout import balances, boilerplate, charges, charts, coupons, histories, identity, letterheads, meters
from bench.bills.paper.press import Block
from bench.bills.shapes import charts as chart_forms
from bench.bills.shapes import days, drawn_bars, drawn_further, drawn_others, issuers, marks, meter_lines, meter_tables
from bench.bills.shapes import histories as history_forms
from bench.bills.unseen import heads, numbers, plots

UNSEEN: dict[str, Block] = {**heads.BLOCKS, **numbers.BLOCKS, **plots.BLOCKS}
"""Renderers that only test families may use."""
BLOCKS: dict[str, Block] = {
    **letterheads.BLOCKS,
    **identity.BLOCKS,
    **balances.BLOCKS,
    **meters.BLOCKS,
    **charges.BLOCKS,
    **histories.BLOCKS,
    **charts.BLOCKS,
    **meter_tables.BLOCKS,
    **meter_lines.BLOCKS,
    **history_forms.BLOCKS,
    **chart_forms.BLOCKS,
    **days.BLOCKS,
    **issuers.BLOCKS,
    **drawn_bars.BLOCKS,
    **drawn_others.BLOCKS,
    **drawn_further.BLOCKS,
    **marks.BLOCKS,
    **coupons.BLOCKS,
    **boilerplate.BLOCKS,
    **other_papers.BLOCKS,
    **letters.BLOCKS,
    **lists.BLOCKS,
    **registers.BLOCKS,
    **UNSEEN,
}
