"""A wire to a server that can be held still or cut, as a machine that is overloaded or gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

PIECE = 65_536


class Relay:
    """`address` leads to the server. Bytes are passed on while `flows` is set."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._server_at = (host, int(port))
        self.flows = asyncio.Event()
        self.flows.set()
        self._listener: asyncio.Server | None = None
        self._wires: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        assert self._listener is not None
        host, port = self._listener.sockets[0].getsockname()
        return f"{host}:{port}"

    async def open(self) -> None:
        self._listener = await asyncio.start_server(self._join, "127.0.0.1", 0)

    async def cut(self) -> None:
        """Nobody is there any more: what is open ends, what is new is refused."""
        assert self._listener is not None
        self._listener.close()
        for wire in self._wires:
            wire.transport.abort()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _join(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        far, onward = await asyncio.open_connection(*self._server_at)
        self._wires |= {back, onward}
        for source, sink in ((near, onward), (far, back)):
            pump = asyncio.create_task(self._pass_on(source, sink))
            self._pumps.add(pump)

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while piece := await source.read(PIECE):
                await self.flows.wait()
                sink.write(piece)
                await sink.drain()
        sink.close()


@asynccontextmanager
async def relay_to(address: str) -> AsyncIterator[Relay]:
    relay = Relay(address)
    await relay.open()
    try:
        yield relay
    finally:
        await relay.cut()
