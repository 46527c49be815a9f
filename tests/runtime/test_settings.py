"""Settings are read once, whole, and every problem is told at once."""

from pathlib import Path

import pytest

from runtime.settings import Settings, SettingsError, read_settings, settings_page

ROOT = Path(__file__).resolve().parents[2]


def test_settings_page_lists_every_setting_as_the_code_has_it():
    assert (ROOT / "docs" / "settings.md").read_text() == settings_page()


def test_settings_take_their_types_from_the_environment():
    read = read_settings(
        {"BILLOWATT_PARSER_SLOTS": "4", "BILLOWATT_LEASE_SECONDS": "7.5", "BILLOWATT_WEBHOOKS_ALLOW_LOOPBACK": "1"}
    )
    assert (read.parser_slots, read.lease_seconds, read.webhooks_allow_loopback) == (4, 7.5, True)


def test_empty_variable_leaves_the_default():
    assert read_settings({"BILLOWATT_PARSER_SLOTS": ""}) == Settings()


def test_option_of_the_command_wins_over_the_environment():
    assert read_settings({"BILLOWATT_DATA": "there"}, data=Path("here")).data == Path("here")


@pytest.mark.parametrize(
    ("environment", "problems"),
    [
        ({"BILLOWATT_PARSER_SLOT": "2"}, ["BILLOWATT_PARSER_SLOT is not a setting"]),
        ({"BILLOWATT_PARSER_SLOTS": "two", "BILLOWATT_LEASE_SECONDS": "x"}, ["PARSER_SLOTS", "LEASE_SECONDS"]),
        ({"BILLOWATT_LEASE_SECONDS": "1", "BILLOWATT_SECRET": "short"}, ["at least 3", "32 characters"]),
        ({"BILLOWATT_WEBHOOKS_ALLOW_LOOPBACK": "maybe"}, ["1 or 0"]),
        ({"BILLOWATT_LOG_LEVEL": "loud", "BILLOWATT_OCR_ENGINE": "magic"}, ["log_level", "ocr_engine"]),
    ],
)
def test_every_problem_is_told_at_once(environment, problems):
    with pytest.raises(SettingsError) as caught:
        read_settings(environment)
    for problem in problems:
        assert problem in str(caught.value)


def test_secrets_stay_out_of_the_representation():
    shown = repr(Settings(secret="x" * 32, database_url="postgresql://user:word@host/db", s3_secret_key="k"))
    assert "xxx" not in shown
    assert "word" not in shown
