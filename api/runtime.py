"""What requests are answered with. Not in `deps`: workers use it too and need no FastAPI."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from contracts.availability import ConnectionStates
from contracts.calls import CallSteps
from settings import Settings


@dataclass(frozen=True, kw_only=True)
class ApiRuntime:
    """Made by `wiring`, which also closes it; the app only uses it.

    `calls`: the engine's own steps, for an event whose call has no workflow any more.
    `calendars`: what the workers share of their connections; None where they share nothing.
    """

    engine: AsyncEngine
    temporal: Client
    settings: Settings
    calls: CallSteps
    calendars: ConnectionStates | None = None
