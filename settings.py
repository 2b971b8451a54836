"""Every setting of every process, in one class; nothing else reads the environment.

Each field `name` is set by the environment variable `ASKPROAI_NAME`, or by a line in `.env`.
A part is switched from embedded to real by the setting that holds its address.
"""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ASKPROAI_", env_file=".env", extra="ignore")

    # PostgreSQL. Two roles: the application may not bypass row-level security, the owner migrates.
    database_url: SecretStr = Field(
        default=SecretStr("postgresql+psycopg://askproai_app:askproai@127.0.0.1:5432/askproai"),
        description="SQLAlchemy URL of the application role (no BYPASSRLS, owns nothing).",
    )
    database_owner_url: SecretStr = Field(
        default=SecretStr("postgresql+psycopg://askproai_owner:askproai@127.0.0.1:5432/askproai"),
        description="SQLAlchemy URL of the owner: migrations, `askproai verify`, loading.",
    )
    database_pool_size: int = Field(default=10, ge=1, le=100, description="Connections a process.")

    # Temporal
    temporal_address: str = Field(
        default="127.0.0.1:7233", description="host:port of the frontend."
    )
    temporal_namespace: str = Field(default="askproai", description="Our namespace.")
    temporal_ui_url: str = Field(
        default="http://127.0.0.1:8233", description="For links to the Web UI."
    )

    # HTTP
    api_host: str = Field(default="127.0.0.1", description="The API listens here.")
    api_port: int = Field(default=8000, ge=1, le=65535, description="And on this port.")
    worker_metrics_port: int = Field(default=9464, ge=0, le=65535, description="Worker's /metrics.")
    max_body_bytes: int = Field(default=2_000_000, ge=1, description="Larger bodies get 413.")
    public_url: str | None = Field(
        default=None,
        description="Where Retell reaches the API; in the tool definitions for agents.",
    )
    function_answer_s: float = Field(
        default=1.9, gt=0, description="A function of a running call is answered within this."
    )

    # Retell: the workspace's API key signs webhooks; during a rotation both keys are accepted.
    retell_api_keys: list[SecretStr] = Field(
        default_factory=list, description='JSON list of accepted signing keys, e.g. ["key_..."].'
    )
    retell_api_base_url: str = Field(
        default="https://api.retellai.com", description="Retell's API, for words into live calls."
    )

    # Keys of our own
    phone_hash_key: SecretStr = Field(
        default=SecretStr("development-only"), description="Keys the hash that phones are found by."
    )
    encryption_keys: list[SecretStr] = Field(
        default_factory=list,
        description="JSON list of Fernet keys; the first encrypts, all decrypt (rotation).",
    )

    # Mail
    smtp_host: str = Field(default="127.0.0.1", description="SMTP server.")
    smtp_port: int = Field(default=1025, ge=1, le=65535, description="SMTP port.")
    smtp_username: str | None = Field(default=None, description="SMTP user, if it wants one.")
    smtp_password: SecretStr | None = Field(default=None, description="SMTP password.")
    smtp_starttls: bool = Field(default=False, description="Demand STARTTLS before logging in.")
    mail_from: str = Field(default="termine@mail.askproai.example", description="Sender address.")
    mail_domain: str = Field(default="mail.askproai.example", description="Of Message-IDs.")
    attendee_domain: str = Field(
        default="anrufer.askproai.example",
        description="Domain with an MX of ours: one address per caller for Cal.com.",
    )

    # What the workers share
    cache_url: str = Field(
        default="mem://",
        description="`redis://…` where several workers run; `mem://` is each process's own memory.",
    )
    calcom_requests_per_minute: int = Field(
        default=120, ge=1, description="What Cal.com allows one key."
    )
    calcom_breaker_open_s: float = Field(
        default=60, gt=0, description="So long a Cal.com that did not answer is left alone."
    )
    warm_free_times: bool = Field(
        default=True, description="Fetch free times before anybody asks, in opening hours."
    )

    # How long a call waits
    analysis_wait_s: float = Field(default=120, gt=0, description="For call_analyzed, once ended.")
    call_max_s: float = Field(default=7_500, gt=0, description="For call_ended at all.")
    first_outcome_wait_s: float = Field(
        default=60, gt=0, description="A settled call waits so long for Cal.com before `reserved`."
    )

    # Logs
    log_format: Literal["console", "json"] = Field(default="console", description="Form of lines.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least level."
    )

    # Of the sandbox
    sandbox_openapi: Path | None = Field(
        default=None, description="Cal.com's OpenAPI document, to hold what is said against."
    )

    data_dir: Path = Field(default=Path(".askproai"), description="Of the embedded stack.")


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The process's settings, read once."""
    return Settings()
