"""The demo companies are loaded once a day, unless something that decides about them changed."""

from pathlib import Path

import psycopg
import pytest

from stack import catalogue
from stack.info import DemoCompany, StackInfo
from tests.builders.postgres import TestDatabase

COMPANIES = [DemoCompany(slug="haarwerk", api_key="key", phone_numbers=["+493023125010"])]


@pytest.fixture
def info(database: TestDatabase, tmp_path: Path) -> StackInfo:
    for kept in catalogue.KEPT:
        (tmp_path / kept).touch()
    return StackInfo(
        data_dir=tmp_path,
        api_url="http://127.0.0.1:1",
        temporal_address="127.0.0.1:2",
        temporal_namespace="askproai",
        temporal_ui_url="http://127.0.0.1:3",
        database_url=database.app_url,
        database_owner_url=database.owner_url,
        calcom_url="http://127.0.0.1:4",
        mail_url="http://127.0.0.1:5",
        smtp_port=6,
        worker_metrics_url="http://127.0.0.1:7",
        temporal_metrics_url="http://127.0.0.1:8",
        retell_api_key="key_x",
    )


def load(info: StackInfo) -> None:
    """As much of a company as the check looks for."""
    url = info.database_owner_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE companies SET slug = 'haarwerk' WHERE slug = '_unrouted'")
    catalogue.remember(info.data_dir, info, COMPANIES)


def test_what_was_loaded_today_is_known_without_loading_it_again(info: StackInfo) -> None:
    assert catalogue.loaded_today(info.data_dir, info) is None
    load(info)
    assert catalogue.loaded_today(info.data_dir, info) == COMPANIES


def test_companies_that_the_database_lacks_are_loaded_again(info: StackInfo) -> None:
    catalogue.remember(info.data_dir, info, COMPANIES)
    assert catalogue.loaded_today(info.data_dir, info) is None


def test_another_calcom_address_is_told_its_calendars(info: StackInfo) -> None:
    load(info)
    moved = info.model_copy(update={"calcom_url": "http://127.0.0.1:9"})
    assert catalogue.loaded_today(info.data_dir, moved) is None


def test_another_address_for_sms_is_told_its_accounts(info: StackInfo) -> None:
    load(info)
    moved = info.model_copy(update={"sms_url": "http://127.0.0.1:10"})
    assert catalogue.loaded_today(info.data_dir, moved) is None


@pytest.mark.parametrize("lost", ["calcom-sandbox.sqlite3", "phone-sandbox.sqlite3"])
def test_what_the_sandbox_lost_is_loaded_again(info: StackInfo, lost: str) -> None:
    load(info)
    (info.data_dir / lost).unlink()
    assert catalogue.loaded_today(info.data_dir, info) is None
