"""Whether the demo companies are loaded as they are today, found out without loading them again."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from pydantic import TypeAdapter, ValidationError

from stack.files import read_object, write_object
from stack.info import DemoCompany, StackInfo

FILE = "catalogue.json"
SANDBOX = Path(__file__).resolve().parents[1] / "sandbox"
# What decides what is loaded: the companies, their calendars and keys, and the loader itself.
SOURCES = (
    "catalogue.py",
    "companies.py",
    "calendars.py",
    "sms_accounts.py",
    "data/companies.json",
)
# Where the stand-ins keep what they were told: Cal.com's calendars, the SMS accounts.
KEPT = ("calcom-sandbox.sqlite3", "phone-sandbox.sqlite3")
_COMPANIES = TypeAdapter(list[DemoCompany])


def loaded_today(data_dir: Path, info: StackInfo) -> list[DemoCompany] | None:
    """The companies as the loader told them; None when it has to be asked (again).

    Loading takes the better part of a start; the same companies on the same day need it once.
    Special days are relative to the date, so each day is loaded anew.
    """
    last = read_object(data_dir / FILE)
    if last.get("fingerprint") != _fingerprint(info):
        return None
    try:
        companies = _COMPANIES.validate_python(last.get("companies"))
    except ValidationError:
        return None
    there = _is_kept_by_sandbox(data_dir) and _are_there(info.database_owner_url, companies)
    return companies if there else None


def remember(data_dir: Path, info: StackInfo, companies: list[DemoCompany]) -> None:
    told = [company.model_dump(mode="json") for company in companies]
    write_object(data_dir / FILE, {"fingerprint": _fingerprint(info), "companies": told})


def _fingerprint(info: StackInfo) -> str:
    told = f"{info.calcom_url}|{info.sms_url}|{info.api_url}|{datetime.now(UTC).date()}"
    digest = hashlib.sha256(told.encode())
    for source in SOURCES:
        digest.update((SANDBOX / source).read_bytes())
    return digest.hexdigest()


def _is_kept_by_sandbox(data_dir: Path) -> bool:
    """The sandbox lost what it was told when somebody removed its files."""
    return all(any(data_dir.rglob(name)) for name in KEPT)


def _are_there(owner_url: str, companies: list[DemoCompany]) -> bool:
    """A database that was replaced under the folder has none of them."""
    slugs = [company.slug for company in companies]
    with psycopg.connect(owner_url.replace("postgresql+psycopg://", "postgresql://")) as connection:
        row = connection.execute(
            "SELECT count(*) FROM companies WHERE slug = ANY(%s)", (slugs,)
        ).fetchone()
    return row is not None and row[0] == len(slugs)
