"""A small soak in every run: a lying receiver and kills lose nothing; `make soak-webhooks` is the large one."""

from bench.soak.webhooks import TROUBLES, soak


async def test_nothing_is_lost_when_the_receiver_lies_and_the_deliverer_is_killed(database_url, tmp_path):
    figures = await soak(database_url, deliveries=600, kills=2, seed=7, folder=tmp_path, trouble=0.2)
    assert (figures["deliveries"], figures["kills"], figures["lost"]) == (600, 2, 0)
    assert figures["requests"] > 600
    assert len([name for name in TROUBLES if figures.get(f"did_{name}")]) >= 10
