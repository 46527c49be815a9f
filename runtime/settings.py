"""Settings: the only reader of the environment, read once at start and passed in from there.

The variable of a field is ``BILLOWATT_`` and its name in capitals; ``docs/settings.md`` lists all of them and a test compares.
"""

import os
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any

PREFIX = "BILLOWATT_"
MIB = 1024 * 1024


class SettingsError(ValueError):
    """Settings that cannot be used; the message names every problem, one a line."""


def _setting(default: Any, doc: str, *, secret: bool = False) -> Any:
    return field(default=default, repr=not secret, metadata={"doc": doc})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an operator can choose. Units stand last in the names."""

    # Where things are
    data: Path = _setting(Path("data"), "Folder of `billowatt up`: database, files, secrets, `billowatt.json`.")
    database_url: str = _setting(
        "", "PostgreSQL 15 or newer, `postgresql://…`. Empty: the embedded server, in the data folder.", secret=True
    )
    objects_url: str = _setting(
        "", "`file:///folder` or `s3://bucket?endpoint=https://host&region=name`. Empty: a folder in the data folder."
    )
    s3_access_key: str = _setting("", "Access key of the object store, for `s3://` only.", secret=True)
    s3_secret_key: str = _setting("", "Secret key of the object store, for `s3://` only.", secret=True)
    secret: str = _setting(
        "",
        "At least 32 characters, the same for every role: signs service tokens and links. Empty: made in the data folder.",
        secret=True,
    )

    secret_before: str = _setting(
        "",
        "The value that `BILLOWATT_SECRET` had before it was changed, for as long as something is sealed under it.",
        secret=True,
    )

    # Addresses
    http_listen: str = _setting("127.0.0.1:8080", "Address of the gateway, `host:port`.")
    grpc_listen: str = _setting("127.0.0.1:8090", "Address of a role's gRPC server, `host:port` or `unix:/path`.")
    ingest_address: str = _setting("127.0.0.1:8090", "Where ingest answers, as gRPC target.")
    profile_address: str = _setting("127.0.0.1:8090", "Where profile answers, as gRPC target.")
    parser_address: str = _setting("127.0.0.1:8090", "Where a parser answers that draws pages, as gRPC target.")
    public_url: str = _setting("", "Base of the links that the gateway hands out. Empty: taken from each request.")

    # The edge
    batch_files_max: int = _setting(1000, "Most files of one batch.")
    batch_bytes_max: int = _setting(
        512 * MIB, "Largest batch accepted [bytes]; an archive may expand to ten times this."
    )
    rate_limit_requests: int = _setting(
        6000, "Requests that an API key may make in the window, counted in each gateway process; `0`: as many as come."
    )
    rate_limit_window_seconds: int = _setting(60, "The window of the limit on requests [s].")
    cors_origins: str = _setting(
        "", "Origins whose pages may use the API from a browser, with commas between them; `*`: all. Empty: none."
    )

    operator_key: str = _setting(
        "",
        "Bearer token of the operator, at least 32 characters: makes, lists, exports and erases tenants. Empty: no such routes.",
        secret=True,
    )
    audit_days: int = _setting(400, "How long the audit log of writes is kept [days].")
    trust_forwarded_for: bool = _setting(
        False,
        "`1` takes a client's address from the last `X-Forwarded-For`: only behind a proxy of one's own that sets it.",
    )

    # Commands that speak to a running Billowatt
    url: str = _setting(
        "", "Where `upload`, `watch` and the other commands find Billowatt. Empty: what runs on the data folder."
    )
    api_key: str = _setting("", "The key they use. Empty: that of the data folder.", secret=True)

    # Logs
    log_level: str = _setting("info", "`debug`, `info`, `warning` or `error`.")
    log_format: str = _setting("json", "`json` (a line an event) or `console` (for people).")

    # Ingest
    upload_bytes_max: int = _setting(25 * MIB, "Largest bill accepted [bytes].")
    lease_seconds: float = _setting(30.0, "How long a parser holds a bill without a sign of life [s]; at least 3.")
    attempts_max: int = _setting(3, "How often a bill is handed out before it is parked as failed.")
    journal_days: int = _setting(
        365,
        "How long completions and changes can be followed again [d]; what somebody still has to read is kept longer.",
    )
    orphan_age_seconds: float = _setting(86400.0, "Age at which a stored file without a record is removed [s].")

    # Parser
    parser_slots: int = _setting(2, "Bills read at the same time by one parser; one process each.")
    parse_wall_seconds: float = _setting(120.0, "Longest time one bill may take [s].")
    parse_memory_bytes: int = _setting(3072 * MIB, "Address space of a reading process [bytes].")
    pages_max: int = _setting(60, "Longest document that is read [pages].")
    ocr_engine: str = _setting("ppocr", "`ppocr` or `tesseract`.")

    # Profile
    shapes_folder: str = _setting(
        "",
        "Folder with seasonal shapes and day courses of your own, JSON, read at start (docs/shapes.md). Empty: none.",
    )

    # Webhooks
    webhooks_allow_loopback: bool = _setting(
        False, "`1` lets webhooks go to loopback addresses and over plain HTTP to them: for developers."
    )
    webhook_timeout_seconds: float = _setting(15.0, "Longest wait for an endpoint's answer [s].")
    webhook_workers: int = _setting(256, "Deliveries under way at the same time; 32 at most at one endpoint.")
    webhook_log_days: int = _setting(90, "How long events, their deliveries and attempts are kept [d].")

    def __post_init__(self) -> None:
        """Refuse settings that contradict each other.

        Raises:
            SettingsError: with every problem found.
        """
        problems = [
            problem
            for wrong, problem in (
                (
                    self.lease_seconds < 3,
                    "lease_seconds must be at least 3: a lease is extended three times before it lapses",
                ),
                (
                    self.rate_limit_requests < 0 or self.rate_limit_window_seconds < 1,
                    "rate_limit_requests must not be negative, and its window at least 1 s",
                ),
                (
                    bool(self.operator_key) and len(self.operator_key) < 32,
                    "operator_key must have at least 32 characters",
                ),
                (self.audit_days < 1, "audit_days must be at least 1"),
                (self.journal_days < 1, "journal_days must be at least 1"),
                (self.webhook_log_days < 1, "webhook_log_days must be at least 1"),
                (self.attempts_max < 1, "attempts_max must be at least 1"),
                (self.parser_slots < 1, "parser_slots must be at least 1"),
                (self.upload_bytes_max < 1, "upload_bytes_max must be at least 1"),
                (bool(self.secret) and len(self.secret) < 32, "secret must have at least 32 characters"),
                (self.ocr_engine not in {"ppocr", "tesseract"}, "ocr_engine is ppocr or tesseract"),
                (self.log_format not in {"json", "console"}, "log_format is json or console"),
                (
                    self.log_level not in {"debug", "info", "warning", "error"},
                    "log_level is debug, info, warning or error",
                ),
            )
            if wrong
        ]
        if problems:
            raise SettingsError("\n".join(problems))


def variable(of: "Field[Any]") -> str:
    """Return the environment variable of a field."""
    return PREFIX + of.name.upper()


def read_settings(environment: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Read the settings from the environment; ``overrides`` (command line options) win.

    Raises:
        SettingsError: a value cannot be understood, an unknown BILLOWATT_ variable is set, or settings contradict.
    """
    environment = os.environ if environment is None else environment
    known = {variable(of): of for of in fields(Settings)}
    values: dict[str, Any] = {}
    problems = [
        f"{name} is not a setting; see docs/settings.md"
        for name in environment
        if name.startswith(PREFIX) and name not in known
    ]
    for name, of in known.items():
        text = environment.get(name)
        if text is None or text == "":
            continue
        try:
            values[of.name] = _parse(text, of)
        except ValueError as error:
            problems.append(f"{name}: {error}")
    if problems:
        raise SettingsError("\n".join(problems))
    values.update({name: value for name, value in overrides.items() if value is not None})
    return Settings(**values)


def settings_page() -> str:
    """Return ``docs/settings.md``: every setting with its default and meaning; `make settings-page` writes it."""
    lines = [
        "# Settings",
        "",
        "Read once at start from the environment; options of the command win. An unknown `BILLOWATT_` variable is refused,",
        "so a slip of the pen cannot hide. `make settings-page` writes this page from `runtime/settings.py`; a test compares.",
        "",
        "| variable | default | meaning |",
        "| --- | --- | --- |",
    ]
    for of in fields(Settings):
        default = "" if of.default == "" else f"`{int(of.default) if isinstance(of.default, bool) else of.default}`"
        lines.append(f"| `{variable(of)}` | {default} | {of.metadata['doc']} |")
    return "\n".join(lines) + "\n"


def forbid_grpc_fork_handlers() -> None:
    """Keep gRPC from acting in processes forked from this one; to be called before gRPC is imported.

    Its handlers run between fork and exec (a start as another user forks) and killed about one child in fifteen under load,
    PostgreSQL among them. Nobody here speaks gRPC in a forked process.
    """
    os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"


def _parse(text: str, of: "Field[Any]") -> Any:
    default = of.default
    if default is MISSING:
        return text
    if isinstance(default, bool):
        if text.lower() not in {"0", "1", "true", "false"}:
            raise ValueError(f"1 or 0 expected, not {text!r}")
        return text.lower() in {"1", "true"}
    if isinstance(default, int):
        return int(text)
    if isinstance(default, float):
        return float(text)
    if isinstance(default, Path):
        return Path(text)
    return text
