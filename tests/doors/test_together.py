"""Twenty clients of mixed dialects at once on one account."""

import threading
from collections import Counter
from collections.abc import Callable

import httpx2
from tests.doors.native.asking import SECONDS, bearer, body

from novelai.server.model.job import State

CLIENTS = 20
KEYS = 5
SIZE = (1088, 1024)
"""More than what is free on Opus: each picture costs something, so the ledger has to be right."""

Ask = Callable[[str, dict[str, str], str, int], httpx2.Response]


def native(url: str, headers: dict[str, str], prompt: str, seed: int) -> httpx2.Response:
    wish = body(prompt, width=SIZE[0], height=SIZE[1], steps=1, seed=seed)
    return httpx2.post(f"{url}/ai/generate-image", json=wish, headers=headers, timeout=SECONDS)


def streamed(url: str, headers: dict[str, str], prompt: str, seed: int) -> httpx2.Response:
    wish = body(prompt, width=SIZE[0], height=SIZE[1], steps=1, seed=seed, stream="msgpack")
    path = "/ai/generate-image-stream"
    return httpx2.post(f"{url}{path}", json=wish, headers=headers, timeout=SECONDS)


def plain(url: str, headers: dict[str, str], prompt: str, seed: int) -> httpx2.Response:
    query = {"prompt": prompt, "size": "x".join(map(str, SIZE)), "steps": 1, "seed": seed}
    return httpx2.get(f"{url}/generate", params=query, headers=headers, timeout=SECONDS)


def own(url: str, headers: dict[str, str], prompt: str, seed: int) -> httpx2.Response:
    wish = {"params": {"prompt": prompt, "size": SIZE, "steps": 1, "seed": seed}}
    headers = headers | {"Prefer": "wait=60"}
    return httpx2.post(f"{url}/api/jobs", json=wish, headers=headers, timeout=SECONDS)


def a1111(url: str, headers: dict[str, str], prompt: str, seed: int) -> httpx2.Response:
    wish = {"prompt": prompt, "width": SIZE[0], "height": SIZE[1], "steps": 1, "seed": seed}
    path = "/sdapi/v1/txt2img"
    return httpx2.post(f"{url}{path}", json=wish, headers=headers, timeout=SECONDS)


def openai(url: str, headers: dict[str, str], prompt: str, seed: int) -> httpx2.Response:
    del seed
    wish = {"prompt": prompt, "size": "x".join(map(str, SIZE)), "response_format": "b64_json"}
    path = "/v1/images/generations"
    return httpx2.post(f"{url}{path}", json=wish, headers=headers, timeout=SECONDS)


DIALECTS: tuple[Ask, ...] = (native, streamed, plain, own, a1111, openai)


def test_all_are_served_fairly_and_once(keyed, seen):
    """All get their picture, once, in turns of their keys, and the ledger says what it cost."""
    keyed.refresh()
    before = seen.emulator.account().anlas
    keys = [keyed.make(budget_month=5_000) for _ in range(KEYS)]
    queue, jobs = keyed.services.queue, keyed.services.jobs
    admin = keyed.run(keyed.services.keys.local())
    keyed.run(queue.pause(admin, paused=True))
    answers: dict[int, httpx2.Response] = {}

    def ask(number: int) -> None:
        way, owner = DIALECTS[number % len(DIALECTS)], number % KEYS
        prompt = f"key {owner} client {number}"
        answers[number] = way(keyed.url, bearer(keys[owner][1]), prompt, 1_000 + number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    while len(keyed.run(jobs.list(admin, states=[State.QUEUED], limit=100))) < CLIENTS:
        assert all(answer.is_success for answer in answers.values()), answers
    keyed.run(queue.pause(admin, paused=False))
    for thread in threads:
        thread.join(SECONDS)

    assert {number: answer.status_code for number, answer in answers.items()} == dict.fromkeys(
        range(CLIENTS), 200
    )
    served = [one["input"].split(",")[0] for one in seen.bodies]
    assert Counter(served) == Counter(f"key {n % KEYS} client {n}" for n in range(CLIENTS))
    assert {prompt.split(" client")[0] for prompt in served[:KEYS]} == {
        f"key {owner}" for owner in range(KEYS)
    }
    spent = before - seen.emulator.account().anlas
    assert spent == sum(one.anlas_spent for one in seen.requests) > 0
    ledger = [keyed.run(keyed.services.keys.read_usage(key)).windows["month"] for key, _ in keys]
    assert sum(ledger) == spent
