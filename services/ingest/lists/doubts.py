"""How much of a reading asks for a person: what the list of work is ordered by."""

from domain.evidence import CONFIDENCE_FAIR
from protos.values.v1 import reading_pb2
from runtime.wire.facts import facts_of


def doubts_of(outcome: reading_pb2.Outcome) -> int:
    """Count what is doubtful in an outcome: values of identities that fail, values hardly believed, and findings.

    A value that an identity proves is none, however it was read; 0 where reading failed.
    """
    return sum(_doubts(reading) for reading in outcome.success.readings)


def _doubts(reading: reading_pb2.Reading) -> int:
    touched: dict[int, set[str]] = {reading_pb2.VERDICT_PASS: set(), reading_pb2.VERDICT_FAIL: set()}
    for proof in reading.proofs:
        if proof.verdict in touched:
            touched[proof.verdict].update(proof.fields)
    proved, failed = touched[reading_pb2.VERDICT_PASS], touched[reading_pb2.VERDICT_FAIL]
    values = sum(
        one.path in failed or (one.path not in proved and one.fact.evidence.confidence < CONFIDENCE_FAIR)
        for one in facts_of(reading)
    )
    return int(values) + len(reading.findings)
