"""Programs that share one client between processes and event loops.

    python owners.py URL TOKEN ROUNDS PROGRAM...

prints, for each picture, the program, what was asked for and what came; a line of JSON for each.
"""

import asyncio
import json
import multiprocessing
import os
import sys
import threading
import warnings
from collections.abc import Callable

import anyio

from novelai import AsyncNovelAI, NovelAI, RetryPolicy

URL, TOKEN, ROUNDS, *CHOSEN = sys.argv[1:]
CHILDREN = 3
RETRY = RetryPolicy(base_delay=0.005, max_delay=0.02, max_wait=60)
OPTIONS = {"base_url": URL, "retry": RETRY}
# The way people do it: one client at the top of a module.
client = NovelAI(TOKEN, **OPTIONS)
async_client = AsyncNovelAI(TOKEN, **OPTIONS)


def wish(name: str) -> dict:
    return {"prompt": name, "seed": sum(name.encode()), "size": (64, 64), "steps": 1}


def report(name: str, pictures: list) -> None:
    (picture,) = pictures
    came = [picture.metadata.prompt.partition(",")[0], picture.seed]
    say({"program": CHOSEN[0], "asked": [name, wish(name)["seed"]], "came": came})


def say(line: dict) -> None:
    # One write: lines of several processes do not mix.
    os.write(1, json.dumps(line).encode() + b"\n")


def draw(name: str) -> None:
    report(name, client.image.generate(**wish(name)))


async def draw_async(name: str) -> None:
    report(name, await async_client.image.generate(**wish(name)))


def draw_on_loop(name: str) -> None:
    asyncio.run(draw_async(name))


def fork(action: Callable[[str], None], number: int) -> list:
    """Start children with multiprocessing, as a program does that knows no better."""
    context = multiprocessing.get_context("fork")
    children = [
        context.Process(target=action, args=(f"child {number} {place}",))
        for place in range(CHILDREN)
    ]
    for child in children:
        child.start()
    return children


def join(children: list) -> None:
    for child in children:
        child.join()
        assert child.exitcode == 0, child.exitcode


def prefork(number: int) -> None:
    """Fork by hand while another thread generates; the children end as programs do."""
    draw(f"before {number}")
    busy = threading.Thread(target=draw, args=(f"thread {number}",))
    busy.start()
    pids = []
    for place in range(CHILDREN):
        pid = os.fork()
        if not pid:
            # Its copies of the parent's sockets are left as they are.
            warnings.simplefilter("ignore", ResourceWarning)
            draw(f"child {number} {place}")
            client.close()
            sys.exit(0)
        pids.append(pid)
    draw(f"parent {number}")
    for pid in pids:
        assert os.waitpid(pid, 0)[1] == 0
    busy.join()


async def fork_inside(number: int) -> None:
    """Fork while the loop runs and its connection is open."""
    await draw_async(f"before {number}")
    children = fork(draw_on_loop, number)
    await draw_async(f"parent {number}")
    await asyncio.to_thread(join, children)
    await draw_async(f"after {number}")


def close_in_the_middle(number: int) -> None:
    """Close a loop while its call is on the way; the next loop must not hear of it."""
    loop = asyncio.new_event_loop()
    task = loop.create_task(async_client.image.generate(**wish("lost")))

    async def some_steps() -> None:
        for _ in range(number % 40):
            await asyncio.sleep(0)

    loop.run_until_complete(some_steps())
    loop.set_exception_handler(lambda *_: None)  # it tells of the task that was pending
    loop.close()
    del task
    draw_on_loop(f"next {number}")


def bare_loop(name: str) -> None:
    """As before `asyncio.run` existed: nothing is closed but the loop."""
    # Its sockets are left to the collector, which says so.
    warnings.simplefilter("ignore", ResourceWarning)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(draw_async(name))
    loop.close()


def threads(number: int) -> None:
    """Each thread runs a loop of its own, on the same client."""
    workers = [
        threading.Thread(target=draw_on_loop, args=(f"thread {number} {place}",))
        for place in range(CHILDREN)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def fork_run(number: int) -> None:
    draw(f"before {number}")
    children = fork(draw, number)
    draw(f"parent {number}")
    join(children)


def fork_async(number: int) -> None:
    draw_on_loop(f"before {number}")
    children = fork(draw_on_loop, number)
    draw_on_loop(f"parent {number}")
    join(children)


def close_elsewhere(number: int) -> None:
    """Close on one loop what was used on others, some of them ended, one of them running."""
    used = AsyncNovelAI(TOKEN, **OPTIONS)
    begun, done = threading.Event(), threading.Event()

    async def draw_and_wait() -> None:
        report(f"thread {number}", await used.image.generate(**wish(f"thread {number}")))
        begun.set()
        await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=asyncio.run, args=(draw_and_wait(),))
    thread.start()
    begun.wait()
    asyncio.run(used.user.get_anlas())
    asyncio.run(used.close())
    done.set()
    thread.join()
    asyncio.run(used.close())


PROGRAMS: dict[str, Callable[[int], None]] = {
    "fork": fork_run,
    "prefork": prefork,
    "fork async": fork_async,
    "fork inside": lambda number: asyncio.run(fork_inside(number)),
    "run": lambda number: draw_on_loop(f"run {number}"),
    "bare loop": lambda number: bare_loop(f"run {number}"),
    "trio": lambda number: anyio.run(draw_async, f"run {number}", backend="trio"),
    "threads": threads,
    "close in the middle": close_in_the_middle,
    "close elsewhere": close_elsewhere,
}

if __name__ == "__main__":
    while CHOSEN:
        for number in range(int(ROUNDS)):
            PROGRAMS[CHOSEN[0]](number)
        del CHOSEN[0]
    client.close()
    asyncio.run(async_client.close())
