"""Every process of the stack dies once, in random order, while calls run: nothing is lost.

The moments are drawn as points of the calls' progress (events in the histories of their
workflows), so that they are bounded and mean the same on a fast machine and on a slow one.
"""

import asyncio
from random import Random, SystemRandom

import pytest
from temporalio.client import Client
from temporalio.service import RPCError

from domain.ids import appointment_id_for_call, appointment_workflow_id, call_workflow_id
from sandbox.caller.calls import PhoneCall
from sandbox.caller.desk import Desk, wait_until
from stack.info import StackInfo
from tests.chaos.wishes import ONE_A_COMPANY
from tests.scenarios.phone import (
    assert_booked_once,
    callers_for,
    deliver,
    make_call,
    settled,
)
from tests.stack_fixture import await_ready, await_successor, kill_part, verify_stack

pytestmark = [pytest.mark.stack, pytest.mark.proof, pytest.mark.timeout(300)]

VICTIMS = ("worker", "api", "temporal", "postgres", "sandbox")
# A booked call has written more events than this, with those of its appointment.
EVENTS_A_CALL = 40
PROGRESS_WITHIN_S = 90.0


class Progress:
    """How far a set of calls has come, by the lengths of their histories."""

    def __init__(self, client: Client, calls: list[PhoneCall]) -> None:
        self._client = client
        self._ids = [
            workflow_id
            for call in calls
            for workflow_id in (
                call_workflow_id(call.call_id),
                appointment_workflow_id(appointment_id_for_call(call.call_id, 0)),
            )
        ]

    async def count(self) -> int:
        return sum(await asyncio.gather(*(self._length(each) for each in self._ids)))

    async def _length(self, workflow_id: str) -> int:
        try:
            described = await self._client.get_workflow_handle(workflow_id).describe()
        except RPCError:
            return 0  # not begun, or the server is the one who has just been killed
        return described.raw_description.workflow_execution_info.history_length

    async def reach(self, events: int) -> None:
        async def reached() -> bool | None:
            return True if await self.count() >= events else None

        found = await wait_until(reached, within_s=PROGRESS_WITHIN_S)
        assert found, f"the calls stand still before {events} events"


async def test_whoever_dies_while_calls_run_nothing_acknowledged_is_lost(
    stack: StackInfo, desk: Desk
) -> None:
    seed = SystemRandom().randrange(1_000_000)
    random = Random(seed)
    order = random.sample(VICTIMS, len(VICTIMS))
    moments = sorted(random.sample(range(1, EVENTS_A_CALL * len(ONE_A_COMPANY)), len(VICTIMS)))
    print(f"seed {seed}: {dict(zip(order, moments, strict=True))}")  # noqa: T201  to be repeated
    callers = await callers_for(desk, ONE_A_COMPANY)
    calls = [make_call(caller) for caller in callers]
    client = await Client.connect(stack.temporal_address, namespace=stack.temporal_namespace)
    progress = Progress(client, calls)

    delivering = asyncio.gather(*(deliver(desk, call) for call in calls))
    for victim, moment in zip(order, moments, strict=True):
        await progress.reach(moment)
        await await_successor(stack, victim, kill_part(stack, victim))
    await delivering
    await await_ready(desk)
    seen = await asyncio.gather(
        *(settled(desk, caller, call.call_id) for caller, call in zip(callers, calls, strict=True))
    )
    for caller, call in zip(callers, seen, strict=True):
        # Who dies while a mail is under way leaves it unclear: it may be there twice, as one.
        await assert_booked_once(desk, caller, call, copies=(1, 2))
    assert await verify_stack(stack) == []
