"""`python -m stack.sdk_download DIR VERSION`: lets the Temporal SDK download its dev server.

A process of its own, because the SDK's download can be neither watched nor called off.
"""

import asyncio
import sys

from temporalio.testing import WorkflowEnvironment


async def _download(folder: str, version: str) -> None:
    # There is no call for the download alone; the server that it starts is stopped at once.
    environment = await WorkflowEnvironment.start_local(
        download_dest_dir=folder, dev_server_download_version=version, ui=False
    )
    await environment.shutdown()


if __name__ == "__main__":
    try:
        asyncio.run(_download(sys.argv[1], sys.argv[2]))
    except RuntimeError as error:
        sys.exit(str(error))
