"""A line between a client and a server on loopback: each connection has so many megabytes a second, and each answer begins late.

    python3 slow_line.py PORT SERVER_PORT MEGABYTES_A_SECOND MILLISECONDS
"""

import asyncio
import sys

port, server_port = int(sys.argv[1]), int(sys.argv[2])
rate, delay = float(sys.argv[3]) * 1e6, float(sys.argv[4]) / 1e3
PIECE = 64 * 1024


async def carry(reader, writer, slow):
    try:
        while piece := await reader.read(PIECE):
            if slow:
                # A piece that is not full begins or ends an answer.
                await asyncio.sleep(len(piece) / rate + (delay if len(piece) < 4096 else 0))
            writer.write(piece)
            await writer.drain()
    except (ConnectionError, asyncio.CancelledError):
        pass
    finally:
        writer.close()


async def serve(reader, writer):
    from_server, to_server = await asyncio.open_connection("127.0.0.1", server_port)
    await asyncio.gather(carry(reader, to_server, False), carry(from_server, writer, True))


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


asyncio.run(main())
