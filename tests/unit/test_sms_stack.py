"""The embedded stack's phones: where they are, and which account each demo company has there."""

import json
from pathlib import Path

import phonenumbers
import pytest

from integrations.sms import SmsAccount
from sandbox.companies import demo_companies
from sandbox.phone.model import Account
from sandbox.sms_accounts import DemoSmsAccount, sender_of
from settings import Settings
from stack.info import FILE, StackInfo, describe, settings_for
from stack.ports import PREFERRED

PORTS = {name: 20_000 + index for index, name in enumerate(PREFERRED)}
SECRET = "secret-of-a-stack"


@pytest.fixture
def info(tmp_path: Path) -> StackInfo:
    described = describe(tmp_path, PORTS, None)
    described.save()
    return described


def test_both_vendors_are_at_the_phone_sandbox(info: StackInfo) -> None:
    url = f"http://127.0.0.1:{PORTS['phone']}"
    assert (info.sms_url, info.retell_url) == (url, url)
    assert settings_for(info.data_dir).retell_api_base_url == url


def test_a_file_of_an_older_stack_still_reads(info: StackInfo) -> None:
    path = info.data_dir / FILE
    older = json.loads(path.read_text())
    del older["sms_url"], older["retell_url"]
    path.write_text(json.dumps(older))
    read = StackInfo.load(info.data_dir)
    assert (read.sms_url, read.retell_url) == ("", "")
    usual = Settings.model_fields["retell_api_base_url"].default
    assert settings_for(info.data_dir).retell_api_base_url == usual


def test_each_demo_company_has_a_mobile_number_that_nobody_else_has() -> None:
    senders = [sender_of(company) for company in demo_companies()]
    assert len(set(senders)) == len(senders)
    for number in senders:
        parsed = phonenumbers.parse(number, None)
        assert phonenumbers.is_valid_number(parsed)
        assert phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE
    calls = Path(__file__).parents[2] / "sandbox/data/calls"
    talk = "\n".join(path.read_text(encoding="utf-8") for path in calls.glob("*.json"))
    assert [number for number in senders if number in talk] == []


def test_an_account_fits_the_sandbox_and_its_connection_fits_the_client() -> None:
    for company in demo_companies():
        account = DemoSmsAccount(company, SECRET)
        kept = Account.model_validate(account.setup())
        sends = SmsAccount.of_connection(
            base_url="http://127.0.0.1:1",
            api_key=account.api_key,
            settings=account.connection_settings(),
        )
        assert kept.account_sid == sends.account_sid
        assert kept.api_keys == {sends.api_key_sid: sends.secret}
        assert sends.from_number in kept.numbers


def test_sids_and_keys_follow_from_the_secret_and_are_nobody_elses() -> None:
    def secrets_of(secret: str) -> set[str]:
        accounts = [DemoSmsAccount(company, secret) for company in demo_companies()]
        return {
            value
            for each in accounts
            for value in (each.account_sid, each.api_key_sid, each.api_key, each.auth_token)
        }

    assert secrets_of(SECRET) == secrets_of(SECRET)
    assert len(secrets_of(SECRET)) == 4 * len(demo_companies())
    assert secrets_of(SECRET).isdisjoint(secrets_of("another"))
