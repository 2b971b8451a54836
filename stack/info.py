"""`stack.json`: where everything is, for scripts, tests and our own commands."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from settings import Settings
from stack.errors import StackError
from stack.files import write_atomically
from stack.keys import load_keys
from stack.ports import HOST
from stack.postgres import APP_ROLE, OWNER_ROLE, database_url
from stack.temporal_server import NAMESPACE

FILE = "stack.json"
WARM = "ASKPROAI_WARM_FREE_TIMES"


class DemoCompany(BaseModel):
    """One company of the demo catalogue; whatever else the loader tells of it is kept as it is."""

    model_config = ConfigDict(extra="allow", frozen=True)

    slug: str
    api_key: str
    phone_numbers: list[str] = Field(default_factory=list)


class StackInfo(BaseModel):
    """A running stack. It holds keys and passwords, so its file is readable by its owner only."""

    model_config = ConfigDict(frozen=True)

    data_dir: Path
    api_url: str
    temporal_address: str
    temporal_namespace: str
    temporal_ui_url: str
    temporal_cli: str = ""
    database_url: str
    database_owner_url: str
    calcom_url: str
    mail_url: str
    # The two vendors of the phone sandbox; a file of an older stack has neither.
    sms_url: str = ""
    retell_url: str = ""
    smtp_port: int
    worker_metrics_url: str
    temporal_metrics_url: str
    retell_api_key: str
    companies: list[DemoCompany] = Field(default_factory=list)
    pids: dict[str, int] = Field(default_factory=dict)

    @classmethod
    def load(cls, data_dir: Path) -> "StackInfo":
        """The stack that runs on a data folder; StackError if there is none."""
        try:
            return cls.model_validate_json((data_dir / FILE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise StackError(
                f"No stack is running on {data_dir}: `askproai up --data {data_dir}` starts one."
            ) from None

    def save(self) -> None:
        text = json.dumps(self.model_dump(mode="json"), indent=2, ensure_ascii=False)
        write_atomically(self.data_dir / FILE, text + "\n")

    def environment(self) -> dict[str, str]:
        """The ASKPROAI_* variables with which any process of ours works on this stack."""
        keys = load_keys(self.data_dir)
        api_host, api_port = self.api_url.removeprefix("http://").split(":")
        retell = {"ASKPROAI_RETELL_API_BASE_URL": self.retell_url} if self.retell_url else {}
        metrics_port = self.worker_metrics_url.removeprefix("http://").split("/")[0].split(":")[1]
        return {
            "ASKPROAI_DATABASE_URL": self.database_url,
            "ASKPROAI_DATABASE_OWNER_URL": self.database_owner_url,
            "ASKPROAI_TEMPORAL_ADDRESS": self.temporal_address,
            "ASKPROAI_TEMPORAL_NAMESPACE": self.temporal_namespace,
            "ASKPROAI_TEMPORAL_UI_URL": self.temporal_ui_url,
            "ASKPROAI_API_HOST": api_host,
            "ASKPROAI_API_PORT": api_port,
            # The stand-ins run beside us: Cal.com's reaches our webhooks there.
            "ASKPROAI_PUBLIC_URL": self.api_url,
            "ASKPROAI_WORKER_METRICS_PORT": metrics_port,
            "ASKPROAI_RETELL_API_KEYS": json.dumps([self.retell_api_key]),
            **retell,
            "ASKPROAI_PHONE_HASH_KEY": keys.phone_hash_key,
            "ASKPROAI_ENCRYPTION_KEYS": json.dumps([keys.encryption_key]),
            "ASKPROAI_SMTP_HOST": HOST,
            "ASKPROAI_SMTP_PORT": str(self.smtp_port),
            # The sandbox is back in seconds, and a demo's caller is still on the line then.
            "ASKPROAI_CALCOM_BREAKER_OPEN_S": "5",
            # Faults are ordered here for whoever calls: nothing asked ahead may use them up.
            WARM: os.environ.get(WARM, "false"),
            "ASKPROAI_DATA_DIR": str(self.data_dir),
        }


def describe(data_dir: Path, ports: Mapping[str, int], temporal_cli: Path | None) -> StackInfo:
    """Where things will be, before any of them runs; companies and process ids come later."""
    keys = load_keys(data_dir)
    url = {name: f"http://{HOST}:{port}" for name, port in ports.items()}
    return StackInfo(
        data_dir=data_dir,
        api_url=url["api"],
        temporal_address=f"{HOST}:{ports['temporal']}",
        temporal_namespace=NAMESPACE,
        temporal_ui_url=url["temporal_ui"],
        temporal_cli=str(temporal_cli or ""),
        database_url=database_url(APP_ROLE, keys.postgres_app_password, ports["postgres"]),
        database_owner_url=database_url(
            OWNER_ROLE, keys.postgres_owner_password, ports["postgres"]
        ),
        calcom_url=url["calcom"],
        mail_url=url["mail"],
        sms_url=url["phone"],
        retell_url=url["phone"],
        smtp_port=ports["smtp"],
        worker_metrics_url=f"{url['worker_metrics']}/metrics",
        temporal_metrics_url=f"{url['temporal_metrics']}/metrics",
        retell_api_key=keys.retell_api_key,
    )


def settings_for(data_dir: Path) -> Settings:
    """The settings with which a command works on the stack that runs on this data folder."""
    environment = StackInfo.load(data_dir).environment()
    given = {
        name: environment[variable]
        for name in Settings.model_fields
        if (variable := f"ASKPROAI_{name.upper()}") in environment
    }
    for name in ("retell_api_keys", "encryption_keys"):
        given[name] = json.loads(given[name])
    return Settings.model_validate(given)
