"""Reads PDFs from NATS and has an LLM extract their records: what docmill replaces, written in Python as one would.

asyncio waits, a pool of processes reads PDFs, one HTTP client keeps its connections. A job is taken from a work queue, its
PDF from an object store; the record is stored in a stream before the job is acknowledged, so that a crash repeats it.
Ends at SIGTERM, when the jobs in flight are through.
"""

import argparse
import asyncio
import json
import logging
import os
import signal
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import httpx
import nats
import uvloop
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.object_store import ObjectStore

from reading import read_pages
from record import Profile

CALL_ATTEMPTS_MAX = 3
CALL_RETRY_SECONDS = 0.2
CALL_SECONDS_MAX = 120
PULL_SECONDS = 1
# Handed back, and not before the cause may be gone.
RETRY_AFTER_SECONDS = 5

log = logging.getLogger("peer")


class Worker:
    def __init__(self, settings: argparse.Namespace, pool: ProcessPoolExecutor) -> None:
        self.settings = settings
        self.pool = pool
        self.profile = Profile(settings.profile)
        self.slots = asyncio.Semaphore(settings.at_once)
        self.tasks: set[asyncio.Task[None]] = set()
        self.stopping = asyncio.Event()
        self.js: JetStreamContext
        self.documents: ObjectStore
        self.client: httpx.AsyncClient

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        connection = await nats.connect(self.settings.nats, name="peer")
        self.js = connection.jetstream()
        self.documents = await self.js.object_store(self.settings.bucket)
        limits = httpx.Limits(
            max_connections=self.settings.at_once, max_keepalive_connections=self.settings.at_once
        )
        async with httpx.AsyncClient(limits=limits, timeout=CALL_SECONDS_MAX) as self.client:
            await self.pull()
            await asyncio.gather(*self.tasks)
        # The last acknowledgements.
        await connection.flush()
        await connection.close()

    async def pull(self) -> None:
        """Takes as many jobs as can start now, again and again."""
        jobs = await self.js.pull_subscribe_bind(durable=self.settings.consumer, stream=self.settings.stream)
        while not self.stopping.is_set():
            await self.slots.acquire()
            free = 1
            while not self.slots.locked() and free < self.settings.batch:
                await self.slots.acquire()
                free += 1
            try:
                messages = await jobs.fetch(batch=free, timeout=PULL_SECONDS)
            except TimeoutError:
                messages = []
            for message in messages:
                task = asyncio.create_task(self.settle(message))
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)
            for _ in range(free - len(messages)):
                self.slots.release()

    async def settle(self, message: Msg) -> None:
        """One job from its delivery to its acknowledgement."""
        try:
            await self.process(json.loads(message.data))
            await message.ack()
        except Exception:
            log.exception("a job is handed back")
            await message.nak(delay=RETRY_AFTER_SECONDS)
        finally:
            self.slots.release()

    async def process(self, job: dict[str, str]) -> None:
        found = await self.documents.get(job["object"])
        loop = asyncio.get_running_loop()
        pages = await loop.run_in_executor(self.pool, read_pages, found.data)
        completion = await self.complete(self.profile.request(self.settings.model, pages))
        record, errors = self.profile.record(completion["choices"][0]["message"]["content"])
        outcome = {
            "document": job["document"],
            "status": "invalid" if errors else "valid",
            "pages": len(pages),
            "data": record,
            "errors": errors,
            "usage": completion["usage"],
        }
        subject = f"{self.settings.outcomes}.{job['document']}"
        await self.js.publish(subject, json.dumps(outcome, ensure_ascii=False).encode())

    async def complete(self, request: dict) -> dict:
        """A call to the model, tried a few times."""
        url = f"{self.settings.llm}/chat/completions"
        for attempt in range(1, CALL_ATTEMPTS_MAX + 1):
            try:
                response = await self.client.post(url, json=request)
                response.raise_for_status()
                return response.json()
            except (httpx.TransportError, httpx.HTTPStatusError):
                if attempt == CALL_ATTEMPTS_MAX:
                    raise
                await asyncio.sleep(CALL_RETRY_SECONDS * 2 ** (attempt - 1))
        raise AssertionError("the last attempt returns or raises")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nats", required=True)
    parser.add_argument("--llm", required=True, help="what stands before /chat/completions")
    parser.add_argument("--model", default="mock-llm")
    parser.add_argument("--profile", type=Path, required=True)
    parser.add_argument("--bucket", default="docmill-documents")
    parser.add_argument("--stream", default="PEER_JOBS")
    parser.add_argument("--consumer", default="peer")
    parser.add_argument("--outcomes", default="peer.outcomes", help="what stands before the document's id")
    parser.add_argument("--at-once", type=int, default=128)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    return parser.parse_args()


def main() -> None:
    settings = arguments()
    logging.basicConfig(level=logging.WARNING)
    # Forked now, while there is neither a thread nor an event loop, the processes share what is loaded.
    with ProcessPoolExecutor(settings.processes, mp_context=get_context("fork")) as pool:
        pool.submit(os.getpid).result()
        worker = Worker(settings, pool)
        uvloop.run(worker.run())


if __name__ == "__main__":
    main()
