"""Our subscriptions to Cal.com's webhooks; their bodies are read in `webhooks.py`."""

from collections.abc import Iterable

from pydantic import TypeAdapter

from integrations.calcom import versions
from integrations.calcom.outcomes import (
    DeleteWebhookOutcome,
    Refused,
    Registered,
    RegisterOutcome,
    Unclear,
    WebhookDeleted,
)
from integrations.calcom.requests import WebhookBody
from integrations.calcom.schemas import Trigger, Webhook, WebhookVersion
from integrations.calcom.wire import Wire, delete, patch, post, segment

NEWEST: WebhookVersion = "2026-07-27"
MAX_WEBHOOKS = 1_000
_WEBHOOKS: TypeAdapter[tuple[Webhook, ...]] = TypeAdapter(tuple[Webhook, ...])
_PATH = "/v2/webhooks"


class Subscriptions(Wire):
    """Of the key's user. One level only: an event type's own webhook would deliver twice."""

    async def webhooks(self) -> tuple[Webhook, ...]:
        """All of the user's, at most `MAX_WEBHOOKS`; with their secrets."""
        return await self._read_all(
            "webhooks", _PATH, versions.UNVERSIONED, page=_WEBHOOKS, most=MAX_WEBHOOKS
        )

    async def create_webhook(
        self,
        *,
        subscriber_url: str,
        triggers: Iterable[Trigger],
        secret: str,
        version: WebhookVersion = NEWEST,
    ) -> RegisterOutcome:
        """A second one of the same address is refused as `done_already`: use `ensure_webhook`."""
        body = WebhookBody(
            subscriber_url=subscriber_url,
            triggers=_in_order(triggers),
            active=True,
            secret=secret,
            version=version,
        )
        return await self._do(
            post("create_webhook", _PATH, versions.UNVERSIONED, body),
            Webhook,
            lambda webhook, request_id: Registered(
                webhook=webhook, change="created", request_id=request_id
            ),
        )

    async def update_webhook(
        self,
        webhook_id: str,
        *,
        triggers: Iterable[Trigger] | None = None,
        secret: str | None = None,
        active: bool | None = None,
        version: WebhookVersion | None = None,
    ) -> RegisterOutcome:
        """Changes what is given. May be repeated: it says a state."""
        body = WebhookBody(
            triggers=_in_order(triggers) if triggers is not None else None,
            secret=secret,
            active=active,
            version=version,
        )
        return await self._do(
            patch("update_webhook", f"{_PATH}/{segment(webhook_id)}", versions.UNVERSIONED, body),
            Webhook,
            lambda webhook, request_id: Registered(
                webhook=webhook, change="updated", request_id=request_id
            ),
        )

    async def delete_webhook(self, webhook_id: str) -> DeleteWebhookOutcome:
        """Deleted before: refused with status 404."""
        path = f"{_PATH}/{segment(webhook_id)}"
        return await self._do(
            delete("delete_webhook", path, versions.UNVERSIONED),
            Webhook,
            lambda webhook, request_id: WebhookDeleted(webhook=webhook, request_id=request_id),
        )

    async def ensure_webhook(
        self,
        subscriber_url: str,
        triggers: Iterable[Trigger],
        secret: str,
        *,
        version: WebhookVersion = NEWEST,
    ) -> RegisterOutcome:
        """One webhook of that address, active, with these triggers and this secret.

        As often as one likes: it is found by its address and changed only where it differs. Nor
        does an unclear answer, or somebody who was faster, make a second: both are looked up.
        Raises `CalcomError` where the look-up fails.
        """
        wanted = frozenset(triggers)
        for first in (True, False):
            there = await self._by_url(subscriber_url)
            if there is not None:
                return await self._brought_to(there, wanted, secret, version)
            outcome = await self.create_webhook(
                subscriber_url=subscriber_url, triggers=wanted, secret=secret, version=version
            )
            if isinstance(outcome, Registered) or not first or not _may_be_there(outcome):
                return outcome
        raise AssertionError("the second round always returns")

    async def _by_url(self, subscriber_url: str) -> Webhook | None:
        found = (hook for hook in await self.webhooks() if hook.subscriber_url == subscriber_url)
        return next(found, None)

    async def _brought_to(
        self, there: Webhook, wanted: frozenset[Trigger], secret: str, version: WebhookVersion
    ) -> RegisterOutcome:
        kept = there.secret.get_secret_value() if there.secret else None
        # An older server does not know versions and leaves the property out of its answer.
        same_version = there.version in (None, version)
        if there.active and frozenset(there.triggers) == wanted and kept == secret and same_version:
            return Registered(webhook=there, change="unchanged")
        return await self.update_webhook(
            there.id, triggers=wanted, secret=secret, active=True, version=version
        )


def _may_be_there(outcome: Refused | Unclear) -> bool:
    return isinstance(outcome, Unclear) or outcome.cause == "done_already"


def _in_order(triggers: Iterable[Trigger]) -> tuple[Trigger, ...]:
    """A set has no order of its own; requests should look the same each time."""
    return tuple(sorted(set(triggers)))
