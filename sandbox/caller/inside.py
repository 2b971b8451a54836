"""The operator's view of a stack, for what no company is shown: workflows, calls of nobody."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from temporalio.client import Client, WorkflowHistory, WorkflowQueryFailedError
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode

from contracts.calls import CallProgress
from domain.ids import call_workflow_id
from stack.info import StackInfo
from workflows.call import CallWorkflow


class Inside:
    def __init__(self, client: Client, database: psycopg.AsyncConnection) -> None:
        self._client = client
        self._database = database

    @classmethod
    @asynccontextmanager
    async def opened(cls, stack: StackInfo) -> AsyncIterator["Inside"]:
        client = await Client.connect(
            stack.temporal_address,
            namespace=stack.temporal_namespace,
            data_converter=pydantic_data_converter,
        )
        url = stack.database_owner_url.replace("postgresql+psycopg", "postgresql")
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as database:
            yield cls(client, database)

    async def progress(self, call_id: str) -> CallProgress | None:
        """Where the call's workflow stands; None if there is none yet."""
        handle = self._client.get_workflow_handle(call_workflow_id(call_id))
        try:
            return await handle.query(CallWorkflow.progress)
        except WorkflowQueryFailedError:
            return None  # asked before its first task was done
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return None
            raise

    async def kept_for_review(self, call_id: str) -> bool:
        rows = await self._database.execute(
            "SELECT needs_review FROM calls WHERE retell_call_id = %s", (call_id,)
        )
        row = await rows.fetchone()
        return bool(row and row[0])

    async def history(self, workflow_id: str) -> WorkflowHistory:
        return await self._client.get_workflow_handle(workflow_id).fetch_history()
