"""``billowatt read``: one table for people, one line for programs, and the same bill behind both."""

import csv
import io
import json

import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption

from billowatt.exits import Exit
from billowatt.reading.report import CSV_FIELDS
from billowatt.reading.running import REMEDIES
from domain.outcome import FailureReason
from services.parser.draw.labelled import BANDS
from tests.billowatt.shell import DOUBTFUL, ROOT, SAMPLE, at_terminal, run
from tests.parser.see.papers import bill_pdf

BROKEN = b"%PDF-1.7\nnothing follows"


@pytest.fixture(scope="module")
def sampled(tmp_path_factory):
    """Both sample bills, read once for all that look at the answer."""
    out = tmp_path_factory.mktemp("out")
    return run("read", "--sample", "--json", "--fail-on", "doubt", "--out", out), out


def test_sample_needs_no_server_and_holds_one_sum_that_does_not_add_up(sampled):
    done, _ = sampled
    good, doubtful = map(json.loads, done.stdout.splitlines())
    assert done.returncode == Exit.DOUBTS
    assert [one["file"] for one in (good, doubtful)] == ["sample-bill.pdf", "sample-bill-doubt.pdf"]
    assert (good["status"], good["doubts"]) == ("succeeded", [])
    for told, newest in ((good, "2026-03-01"), (doubtful, "2026-04-01")):
        months = [one["month"] for one in told["readings"][0]["history"]]
        assert (len(months), max(months)) == (13, newest)
    failed = [one for one in doubtful["readings"][0]["proofs"] if one["verdict"] == "VERDICT_FAIL"]
    assert [one["rule_id"] for one in failed] == ["previous_less_payments_plus_new_is_due"]
    assert [one["kind"] for one in doubtful["doubts"]] == ["proof"]


def test_line_of_json_has_the_members_that_the_docs_name(sampled):
    done, _ = sampled
    for line in done.stdout.splitlines():
        told = json.loads(line)
        assert list(told) == [
            "schema_version", "file", "path", "status", "failure", "summary", "readings", "doubts",
        ]  # fmt: skip
        assert told["schema_version"] == 1
        assert {name.partition(".")[0] for name in CSV_FIELDS} <= set(told["summary"])
        assert told["summary"]["electricity_kwh"] in (620, 540)


def test_out_keeps_each_answer_in_a_file_of_its_name(sampled):
    done, out = sampled
    kept = [(out / f"{name}.pdf.json").read_text() for name in ("sample-bill", "sample-bill-doubt")]
    assert "".join(kept) == done.stdout


def test_table_shows_values_states_and_sums_without_a_colour_where_no_terminal_is():
    done = run("read", DOUBTFUL, COLUMNS="150")
    assert done.returncode == Exit.DONE
    assert "\x1b" not in done.stdout
    for words in (
        "payments",
        "122.39 USD",
        "Franchise fee",
        "≠ does not add up",
        "off by 0.54",
        "✓ proved",
        "13 past values",
        "█",
    ):
        assert words in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 150


def test_progress_and_colours_are_for_terminals():
    status, shown = at_terminal("read", "--fields", "account_number", SAMPLE)
    assert status == Exit.DONE
    assert "3001-4482-7" in shown
    assert "\x1b[?25l" in shown  # the cursor is hidden while a bar moves
    assert "\x1b[1m" in shown


def test_csv_has_a_row_a_file_whatever_became_of_it(tmp_path):
    (tmp_path / "broken.pdf").write_bytes(BROKEN)
    done = run(
        "read", "--csv", "--fields", "total_amount_due,usages[0].quantity,gas.unit", SAMPLE, tmp_path / "broken.pdf"
    )
    head, read, broken = csv.reader(io.StringIO(done.stdout))
    assert done.returncode == Exit.FAILED
    assert head == [
        "file", "status", "failure_reason", "doubts", "total_amount_due", "usages[0].quantity", "gas.unit",
    ]  # fmt: skip
    assert read == ["sample-bill.pdf", "succeeded", "", "0", "122.93", "620 kWh", ""]
    assert broken == ["broken.pdf", "failed", "corrupt", "", "", "", ""]


def test_bill_that_is_not_read_is_an_error_with_a_remedy_and_leaves_standard_output_empty(tmp_path):
    path = tmp_path / "bill.pdf"
    path.write_bytes(BROKEN)
    done = run("read", path)
    assert (done.returncode, done.stdout) == (Exit.FAILED, "")
    error, remedy = done.stderr.splitlines()
    assert error == f"error: {path}: corrupt: The PDF is damaged and cannot be opened."
    assert remedy.startswith("try: ")


def test_programs_are_told_of_a_failure_as_well_and_files_come_in_the_order_given(tmp_path):
    for name in ("one.pdf", "two.pdf"):
        (tmp_path / name).write_bytes(BROKEN)
    done = run("read", "--json", "--jobs", "2", tmp_path / "one.pdf", SAMPLE, tmp_path / "two.pdf")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == Exit.FAILED
    assert [one["file"] for one in told] == ["one.pdf", "sample-bill.pdf", "two.pdf"]
    assert told[0]["failure"]["reason"] == "corrupt"
    assert (told[0]["summary"], told[1]["failure"]) == (None, None)


def test_many_files_of_one_name_are_kept_beside_each_other(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "bill.pdf").write_bytes(BROKEN)
    run("read", "-q", "--out", tmp_path / "out", tmp_path / "a" / "bill.pdf", tmp_path / "b" / "bill.pdf")
    kept = {one.name: json.loads(one.read_text())["path"] for one in (tmp_path / "out").iterdir()}
    assert kept == {
        "bill.pdf.json": str(tmp_path / "a" / "bill.pdf"),
        "bill-2.pdf.json": str(tmp_path / "b" / "bill.pdf"),
    }


def test_every_reason_has_a_remedy():
    assert set(REMEDIES) == set(FailureReason)


def test_protected_bill_opens_with_the_password_of_a_file(tmp_path):
    path = tmp_path / "bill.pdf"
    path.write_bytes(bill_pdf(encrypt=StandardEncryption("open sesame", "owner", strength=128)))
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_text("open sesame\nwhat follows does not matter\n")
    wrong.write_text("open barley\n")
    without = run("read", path)
    refused = run("read", "--password-file", wrong, path)
    opened = run("read", "--json", "--fields", "account_number", "--password-file", right, path)
    assert (without.returncode, refused.returncode) == (Exit.FAILED, Exit.FAILED)
    assert "password_protected" in without.stderr
    assert "try: billowatt read --password-file FILE " in without.stderr
    assert "The password that was given does not open the file." in refused.stderr
    assert opened.returncode == Exit.DONE
    assert json.loads(opened.stdout)["fields"]["account_number"] == "4471-0093-228"


def test_standard_input_is_a_file_like_any_other():
    done = run("read", "--json", "--fields", "account_number", "-", stdin=SAMPLE.read_bytes())
    told = json.loads(done.stdout)
    assert (told["file"], told["path"], told["status"]) == ("-", "-", "succeeded")


def test_why_shows_print_place_and_the_sums_with_their_other_parts(tmp_path):
    done = run("read", "--why", "total_amount_due", "--out", tmp_path, DOUBTFUL)
    assert done.returncode == Exit.DONE
    for words in (
        "amount_due = 106.95 USD",
        "printed   “$106.95” on page 1",
        "≠ 122.93 - 122.39 + 0 + 106.95 = 106.95  off by 0.54",
        "payments = 122.39 USD, “-$122.39” on page 1",
    ):
        assert words in done.stdout
    with Image.open(tmp_path / "sample-bill-doubt.pdf.amount-due.webp") as picture:
        assert picture.format == "WEBP"


def test_why_of_a_value_that_is_not_there_names_those_that_are():
    done = run("read", "--json", "--why", "charges[99].amount", SAMPLE)
    assert (done.returncode, done.stdout) == (Exit.USAGE, "")
    assert "charges[0].amount" in done.stderr


def test_show_draws_the_pages_and_leaves_the_answer_as_it_is(tmp_path):
    picture = tmp_path / "seen.png"
    done = run("read", "--json", "--show", picture, SAMPLE)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["readings"]
    with Image.open(picture) as shown:
        assert shown.format == "PNG"
        assert shown.height > 2 * shown.width
        body = shown.convert("RGB").crop((0, 60, shown.width, shown.height))
    colours = {colour for _, colour in body.getcolors(1 << 24) or ()}
    assert BANDS[0].colour in colours


def test_show_leaves_no_picture_of_what_is_not_read(tmp_path):
    path, picture = tmp_path / "bill.pdf", tmp_path / "seen.png"
    path.write_bytes(BROKEN)
    assert run("read", "--show", picture, path).returncode == Exit.FAILED
    assert not picture.exists()


def test_picture_that_cannot_be_written_is_refused_with_a_sentence(tmp_path):
    done = run("read", "--show", tmp_path / "no" / "where" / "seen.png", SAMPLE)
    assert done.returncode == Exit.REFUSED
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("/nonexistent.pdf",),
        (),
        ("--sample", SAMPLE),
        ("--json", "--csv", SAMPLE),
        ("--why", "amount_due", "--csv", SAMPLE),
        ("--show", "seen.png", SAMPLE, SAMPLE),
        ("--fields", "colour", SAMPLE),
        ("--jobs", "0", SAMPLE),
    ],
)
def test_wrong_words_are_wrong_usage_and_nothing_is_read(arguments):
    done = run("read", *arguments)
    assert (done.returncode, done.stdout) == (Exit.USAGE, "")
    assert "Traceback" not in done.stderr


def test_missing_library_has_a_status_of_its_own(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u\n"
        "found = u.find_spec\n"
        "u.find_spec = lambda name, package=None: None if name == 'onnxruntime' else found(name, package)\n"
    )
    done = run("read", SAMPLE, PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert (done.returncode, done.stdout) == (Exit.MISSING_ENGINE, "")
    assert "error: not installed: onnxruntime" in done.stderr
    assert "try: " in done.stderr
