"""The fuzz target, a little of it: each broken file of a fixed seed is a typed outcome within bounds, and no fault of ours."""

from bench.fuzz import RESIDENT_BYTES_MAX, fuzz
from bench.mutants.mutations import MUTANT_BYTES_MAX, WEIGHTS, mutant
from bench.mutants.papers import papers
from domain.outcome import Failure, FailureReason, Success
from services.parser.pool import ReaderPool
from services.parser.process import Process

FILES, SEED = 200, 20260


async def test_mutated_files_are_typed_outcomes_within_bounds(tmp_path):
    tally = await fuzz(FILES, SEED, tmp_path)

    assert tally.broken == []
    assert tally.worth_a_look == {}
    assert list(tmp_path.iterdir()) == []
    assert sum(tally.outcomes.values()) == FILES
    assert set(tally.outcomes) <= {"success", *FailureReason}
    assert set(tally.forms) == set(WEIGHTS)
    assert tally.outcomes["success"] > FILES / 10
    assert tally.outcomes["corrupt"] > FILES / 10
    assert tally.pictures > 0
    assert 0 < tally.resident_bytes < RESIDENT_BYTES_MAX


async def test_fuzz_keeps_what_breaks_the_reader(tmp_path, monkeypatch):
    async def fail(self, data, progress, cpu_seconds, pages_max, password):
        return Failure(
            reason=FailureReason.UNREADABLE, detail="The reader failed on this file."
        ), "ValueError here.py:1"

    monkeypatch.setattr(Process, "read", fail)
    tally = await fuzz(1, SEED, tmp_path, processes=1)
    assert tally.worth_a_look == {"fault": 1}
    (kept,) = tmp_path.iterdir()
    assert kept.read_bytes() == mutant(SEED, 0).data


async def test_fuzz_says_when_the_parent_breaks(tmp_path, monkeypatch):
    async def fall(self, data, progress):
        raise ValueError

    monkeypatch.setattr(ReaderPool, "read", fall)
    tally = await fuzz(1, SEED, tmp_path, processes=1)
    assert len(tally.broken) == 1
    assert "ValueError" in tally.broken[0]
    assert len(list(tmp_path.iterdir())) == 1


def test_mutants_are_the_same_each_time_small_and_all_different():
    mutants = [mutant(SEED, number) for number in range(100)]
    assert mutants == [mutant(SEED, number) for number in range(100)]
    assert max(len(one.data) for one in mutants) <= MUTANT_BYTES_MAX
    assert len({one.data for one in mutants}) == 100
    assert len({change for one in mutants for change in one.changes}) >= 10


async def test_papers_are_read_before_they_are_mutated():
    async with ReaderPool(2) as pool:
        for form in WEIGHTS:
            outcome = await pool.read(papers()[form][0], lambda _done, _total: None)
            assert isinstance(outcome, Success), (form, outcome)
