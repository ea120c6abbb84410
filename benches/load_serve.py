"""Asks a server for pages, and delivers webhooks to it, at a steady pace; reports what it answered, how fast, and its memory.

    benches/load_serve.py --url URL --seconds 60 --reads 500 --deliveries 50 [--faults]

SHIPSHAPE_SERVE_TOKEN and SHIPSHAPE_WEBHOOK_SECRET say what to present. Requests are sent when it is their time, whether or not
earlier ones were answered, so that a server that falls behind is seen. With --faults, clients beside them are slow, vanish,
deliver again, sign wrongly, and send too much. Ends with 1 when a request that should be answered was not, fewer were sent than
was asked for, a delivery was not accepted, none was judged, memory grew, or the load itself broke.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import random
import sys
import time
from urllib.parse import urlsplit

NAMES = {"read": "reads", "delivery": "deliveries"}
PAGES = ["/", "/", "/", "/campaigns", "/images", "/releases"]


class Connections:
    """Connections that are kept open, each for one request at a time."""

    def __init__(self, host, port):
        self.host, self.port, self.idle = host, port, []

    async def ask(self, head, body=b""):
        reused = bool(self.idle)
        reader, writer = self.idle.pop() if reused else await asyncio.open_connection(self.host, self.port)
        try:
            writer.write(head + body)
            status, length = await asyncio.wait_for(self.head(reader), 30)
            await asyncio.wait_for(reader.readexactly(length), 30)
        except (ConnectionError, asyncio.IncompleteReadError):
            writer.close()
            # A connection that was idle may be ended by the server at any time.
            if reused:
                self.idle.clear()
                return await self.ask(head, body)
            raise
        self.idle.append((reader, writer))
        return status

    @staticmethod
    async def head(reader):
        line = await reader.readuntil(b"\r\n\r\n")
        lines = line.decode("latin-1").split("\r\n")
        fields = dict(it.lower().split(": ", 1) for it in lines[1:] if ": " in it)
        return int(lines[0].split(" ")[1]), int(fields.get("content-length", 0))


class Load:
    def __init__(self, options):
        at = urlsplit(options.url)
        self.options, self.host, self.port = options, at.hostname, at.port
        self.token = os.environ["SHIPSHAPE_SERVE_TOKEN"]
        self.secret = os.environ["SHIPSHAPE_WEBHOOK_SECRET"].encode()
        self.connections = Connections(self.host, self.port)
        self.statuses, self.took, self.errors = {}, {"read": [], "delivery": []}, []
        self.memory, self.sent = [], {"read": 0, "delivery": 0}

    def head(self, method, path, *fields):
        fields = [f"Host: {self.host}:{self.port}", *fields]
        return (f"{method} {path} HTTP/1.1\r\n" + "".join(f"{it}\r\n" for it in fields) + "\r\n").encode()

    def reading(self):
        return self.head("GET", random.choice(PAGES), f"Authorization: Bearer {self.token}"), b""

    def delivery(self, number, identity=None):
        name = self.options.repository[number % len(self.options.repository)]
        body = json.dumps({"ref": "refs/heads/main", "after": f"{os.getpid()}-{number}",
                           "repository": {"full_name": name, "default_branch": "main"},
                           "commits": [{"message": "x" * 200}] * 20}).encode()
        signed = hmac.new(self.secret, body, hashlib.sha256).hexdigest()
        return self.head("POST", "/webhooks/github", "Content-Type: application/json", "X-GitHub-Event: push",
                         f"X-GitHub-Delivery: {identity or f'{os.getpid()}-{number}'}",
                         f"X-Hub-Signature-256: sha256={signed}", f"Content-Length: {len(body)}"), body

    async def one(self, kind, request, wanted):
        begun = time.perf_counter()
        try:
            status = await self.connections.ask(*request)
        except Exception as error:  # whatever it is, the request was not answered
            self.errors.append(f"{kind}: {type(error).__name__} {error}")
            return
        self.took[kind].append(time.perf_counter() - begun)
        self.statuses[kind, status] = self.statuses.get((kind, status), 0) + 1
        if status not in wanted:
            self.errors.append(f"{kind}: status {status}")

    async def pace(self, kind, per_second, make, wanted):
        begun, number, running = time.perf_counter(), 0, set()
        total = int(self.options.seconds * per_second)
        while number < total:
            # What is late since this machine was busy is sent all the same.
            passed = time.perf_counter() - begun
            if passed > 2 * self.options.seconds:
                break
            while number < min(total, passed * per_second):
                task = asyncio.ensure_future(self.one(kind, make(number), wanted))
                running.add(task)
                task.add_done_callback(running.discard)
                number += 1
                self.sent[kind] = number
            await asyncio.sleep(0.004)
        if running:
            await asyncio.wait(running)

    async def metrics(self):
        reader, writer = await asyncio.open_connection(self.host, self.port)
        writer.write(self.head("GET", "/metrics", f"Authorization: Bearer {self.token}", "Connection: close"))
        text = (await reader.read()).decode()
        writer.close()
        lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#") and " " in line)
        return {name: float(value) for name, value in lines if value.replace(".", "").isdigit()}

    async def watch(self):
        while True:
            found = await self.metrics()
            self.memory.append(found.get("process_resident_memory_bytes", 0) / 2**20)
            await asyncio.sleep(max(1, self.options.seconds / 30))

    async def fault(self):
        """One client after another that does what it should not; what comes of it is the server's to bear."""
        while True:
            number = random.randrange(10**9)
            head, body = self.delivery(number)
            what = random.choice(["slow", "vanish", "wrong", "again", "huge", "odd"])
            try:
                reader, writer = await asyncio.open_connection(self.host, self.port)
                if what == "slow":
                    writer.write(head[:40])
                    await asyncio.wait_for(reader.read(), 60)
                elif what == "vanish":
                    writer.write(head + body[:10])
                elif what == "wrong":
                    writer.write(head + body[:-1] + b" ")
                    await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
                elif what == "again":
                    writer.write(b"".join(self.delivery(number, "the-same")))
                    await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
                elif what == "huge":
                    writer.write(self.head("POST", "/webhooks/github", "Transfer-Encoding: chunked"))
                    for _ in range(120):
                        writer.write(b"10000\r\n" + b"a" * 65536 + b"\r\n")
                        await writer.drain()
                else:
                    writer.write(os.urandom(200) + b"\r\n\r\n")
                    await asyncio.wait_for(reader.read(), 30)
                writer.close()
            except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                pass
            await asyncio.sleep(random.random() / 5)

    async def run(self):
        options = self.options
        before = await self.metrics()
        beside = [asyncio.ensure_future(self.watch())]
        beside += [asyncio.ensure_future(self.fault()) for _ in range(20 if options.faults else 0)]
        begun = time.perf_counter()
        await asyncio.gather(
            self.pace("read", options.reads, lambda _: self.reading(), {200}),
            self.pace("delivery", options.deliveries, self.delivery, {202}))
        took = time.perf_counter() - begun
        for task in beside:
            # One that ended by itself broke: what it was to do was not done.
            if task.done() and not task.cancelled():
                self.errors.append(f"the load: {type(task.exception()).__name__} {task.exception()}")
            task.cancel()
        # What was delivered last is judged after a moment in which more is collected.
        await asyncio.sleep(2)
        after = await self.metrics()
        return self.tell(took, before, after)

    def tell(self, took, before, after):
        options = self.options
        grown = lambda name: int(after.get(name, 0) - before.get(name, 0))
        judged, failed = (grown(f'shipshape_judgings_total{{outcome="{it}"}}') for it in ("judged", "failed"))
        accepted = grown('shipshape_deliveries_total{outcome="accepted"}')
        print("| what | sent | a second | median | 99 % | slowest |")
        print("|---|---:|---:|---:|---:|---:|")
        for kind, times in self.took.items():
            times.sort()
            at = lambda part: f"{1000 * times[min(len(times) - 1, int(len(times) * part))]:.1f} ms" if times else "-"
            print(f"| {NAMES[kind]} | {self.sent[kind]} | {len(times) / took:.0f} | {at(.5)} | {at(.99)} | {at(1)} |")
        # The first fifth is warming up.
        warm = self.memory[len(self.memory) // 5:]
        first, last = (sum(part) / max(1, len(part)) for part in (warm[:5], warm[-5:]))
        print(f"| memory | | | {first:.0f} MiB at first | {last:.0f} MiB at last | {max(self.memory, default=0):.0f} MiB at most |")
        print(f"| accepted | {accepted} | | judged in {judged} runs | {failed} failed | |")
        problems = [f"{error} ({self.errors.count(error)})" for error in sorted(set(self.errors))[:10]]
        for kind, wanted in (("read", options.reads), ("delivery", options.deliveries)):
            if self.sent[kind] < int(wanted * options.seconds) or took > 1.1 * options.seconds + 5:
                problems.append(f"only {self.sent[kind]} {NAMES[kind]} were sent: this machine is too slow to ask for more")
        if accepted < self.sent["delivery"]:
            problems.append(f"{self.sent['delivery']} were delivered, and {accepted} accepted")
        if options.deliveries and not judged:
            problems.append("nothing was judged")
        if options.deliveries and judged >= accepted > 20:
            problems.append("nothing was coalesced")
        if failed:
            problems.append(f"{failed} judgings failed")
        if not warm or last > first * 1.15 + 8:
            problems.append("memory grew")
        print(f"| errors | {len(self.errors)} | | | | |")
        for problem in problems:
            print(f"FAILED: {problem}", file=sys.stderr)
        return 1 if problems else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--reads", type=float, default=500)
    parser.add_argument("--deliveries", type=float, default=50)
    parser.add_argument("--repository", action="append", required=True)
    parser.add_argument("--faults", action="store_true")
    sys.exit(asyncio.run(Load(parser.parse_args()).run()))


main()
