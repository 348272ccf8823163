"""Forwards connections, each piece of data a while later: a link with a long way.

python -m tests.drills.slow_link LISTEN TARGET SECONDS: ports of this network's own loopback. At the
end of its input it takes no more, and gives what is under way a moment to end.
"""

import asyncio
import sys
from contextlib import suppress

LAST_SECONDS = 3.0


async def main(port: int, target: int, delay: float) -> None:
    """Serve until the input ends."""
    under_way: set[object] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way.add(writer)
        with suppress(OSError, asyncio.CancelledError):  # Cut off at the end.
            answers, asks = await asyncio.open_connection("127.0.0.1", target)
            await asyncio.gather(forward(reader, asks, delay), forward(answers, writer, delay))

        under_way.discard(writer)

    server = await asyncio.start_server(serve, "0.0.0.0", port)  # noqa: S104
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()
    loop = asyncio.get_running_loop()
    end = loop.time() + LAST_SECONDS
    while under_way and loop.time() < end:
        await asyncio.sleep(0.05)


async def forward(source: asyncio.StreamReader, target: asyncio.StreamWriter, delay: float) -> None:
    """Give on what comes, in its order, each piece after its delay."""
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def give() -> None:
        while True:
            due, data = await pieces.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not data:
                target.close()
                return
            target.write(data)

    giving = asyncio.create_task(give())
    with suppress(OSError):
        while data := await source.read(1 << 16):
            pieces.put_nowait((loop.time() + delay, data))
    pieces.put_nowait((loop.time() + delay, b""))
    with suppress(OSError):
        await giving


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
