"""The page at `/`: each customer's phone with its messages, and what live calls were told."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sandbox.phone.model import Message
from sandbox.phone.world import World

ZONE = ZoneInfo("Europe/Berlin")
PHONES = 50
BUBBLES = 30
LIVE = 50
# What customers and models write is text of strangers: no script, no request to anywhere.
HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


@dataclass(frozen=True, kw_only=True)
class Phone:
    """Newest message first. `others` counts those that are not shown."""

    number: str
    messages: list[Message]
    others: int
    is_opted_out: bool


def _local(moment: datetime) -> str:
    return moment.astimezone(ZONE).strftime("%a %d %b, %H:%M:%S")


_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["local"] = _local


def render(world: World, to: str | None) -> str:
    """`to`: only this customer's phone."""
    phones = [each for each in _phones(world) if to in (None, each.number)]
    return _templates.get_template("phones.html").render(
        phones=phones[:PHONES],
        count=len(world.messages),
        only=to,
        names={sid: account.name or sid for sid, account in world.accounts.items()},
        injections=world.injections[::-1][:LIVE],
    )


def _phones(world: World) -> list[Phone]:
    """Whose newest message is the newest comes first."""
    by_number: dict[str, list[Message]] = {}
    for message in reversed(world.messages.values()):
        by_number.setdefault(message.phone, []).append(message)
    out = {phone for _, phone in world.opt_outs}
    return [
        Phone(
            number=number,
            messages=messages[:BUBBLES],
            others=len(messages[BUBBLES:]),
            is_opted_out=number in out,
        )
        for number, messages in by_number.items()
    ]
