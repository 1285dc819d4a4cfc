"""When database or disk cannot be used: a sentence, no charge, and nothing lost of before."""

import logging
import os
import re
import subprocess
import sys
from contextlib import contextmanager

import anyio
import anyio.lowlevel
import pytest
from sqlalchemy import func, select
from tests.server_api.people import TINY, png, running

from novelai.server.fresh import Fresh
from novelai.server.http.error_handlers import problem_in
from novelai.server.storage.errors import DatabaseUnavailableError
from novelai.server.storage.tables import ledger

PAID = {"prompt": "a", "size": "512x512", "steps": 29}
ASKS = [
    ("POST", "/api/jobs", {"params": TINY}),
    ("GET", "/generate?prompt=a&size=128x192", None),
    ("POST", "/v1/images/generations", {"prompt": "a", "size": "256x256"}),
    ("POST", "/sdapi/v1/txt2img", {"prompt": "a", "width": 64, "height": 64}),
    ("POST", "/api/uploads", None),
]


def ask(site, method, path, body):
    content = {"json": body} if body is not None else {"content": png(20, 20, "red")}
    return site.request(method, path, **({} if method == "GET" else content))


def ready(site):
    """What is not ready, asked afresh."""
    site.services.readiness._kept = None
    answer = site.get("/readyz")
    parts = answer.json()["parts"]
    return answer.status_code, {name: text for name, text in parts.items() if text != "ok"}


def spent(site):
    """Anlas that the ledger counts."""

    async def read():
        async with site.services.context.database.read() as connection:
            return (await connection.execute(select(func.sum(ledger.c.anlas)))).scalar_one() or 0

    return site.portal.call(read)


def failures(site):
    """Requests that failed because of the storage, as counted."""
    line = r"^novelai_storage_failures_total (\S+)"
    return float(re.search(line, site.get("/metrics").text, re.MULTILINE)[1])


@contextmanager
def small_disk(folder, size):
    """A file system of its own, where the machine allows that."""
    if not sys.platform.startswith("linux") or os.getuid() != 0:
        pytest.skip("a small disk needs root on Linux")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(path):
    """Take all that is left of a disk."""
    with path.open("wb", buffering=0) as file:
        for piece in (65_536, 512, 1):
            try:
                while True:
                    file.write(b"x" * piece)
            except OSError:
                continue


def test_a_full_disk(tmp_path, caplog):
    """Each request is refused in a sentence and in its own API's words; with room all goes on."""
    with small_disk(tmp_path, "8m"), running(tmp_path, disk_reserve=0) as site:
        made = site.post("/api/jobs", json={"params": PAID}, headers={"Prefer": "wait=30"}).json()
        assert made["state"] == "succeeded"
        before = spent(site)
        assert before == made["cost"] > 0
        fill(tmp_path / "filler")
        for method, path, body in ASKS:
            caplog.clear()
            with caplog.at_level(logging.WARNING):
                answer = ask(site, method, path, body)
            assert answer.status_code == 503, (path, answer.text)
            assert int(answer.headers["retry-after"]) >= 1
            assert "charged" in answer.text
            assert "may have been charged" not in answer.text
            mine = [one for one in caplog.records if "error_handlers" in one.name]
            assert len(mine) == 1, path
            assert "Traceback" not in caplog.text
        told = site.post("/api/jobs", json={"params": TINY}).json()
        assert (told["code"], told["charged"]) == ("storage", "no")
        status, wrong = ready(site)
        assert status == 503
        assert "store" in wrong  # small rows may still find a place in the log of the database
        assert failures(site) >= len(ASKS)
        assert site.get("/healthz").status_code == 200
        (tmp_path / "filler").unlink()
        assert ready(site) == (200, {})
        assert spent(site) == before
        again = site.post("/api/jobs", json={"params": TINY}, headers={"Prefer": "wait=30"})
        assert again.json()["state"] == "succeeded"
        assert site.get(made["images"][0]["url"]).status_code == 200


def test_what_is_left_is_for_what_is_paid_for(tmp_path):
    """Below the reserve nothing is handed in; a picture that is paid for still finds its place."""
    with running(tmp_path, disk_reserve=1 << 60) as site:
        answer = site.post("/api/uploads", content=png())
        assert (answer.status_code, answer.json()["code"]) == (503, "storage")
        assert "nearly full" in answer.json()["detail"]
        made = site.post("/api/jobs", json={"params": PAID}, headers={"Prefer": "wait=30"}).json()
        assert made["state"] == "succeeded"


def test_uploads_have_a_quota(tmp_path):
    """Of a key and of its owner; the same picture again takes no more, and others are untouched."""
    one, two = png(40, 40, "red"), png(40, 40, "blue")
    quota = {"upload_quota_key": len(one) + 50, "upload_quota_owner": 2 * len(one) + 50}
    with running(tmp_path, require_keys=True, **quota) as site:
        ann, bob, cid = (site.somebody(name) for name in ("ann", "bob", "cid"))
        stranger = site.somebody("stranger", owner=site.owner())
        assert ann("POST", "/api/uploads", content=one).status_code == 201
        refused = ann("POST", "/api/uploads", content=two)
        assert (refused.status_code, refused.json()["code"]) == (413, "upload_quota")
        assert "This key" in refused.json()["detail"]
        assert bob("POST", "/api/uploads", content=two).status_code == 201
        refused = cid("POST", "/api/uploads", content=png(40, 40, "green"))
        assert "this owner" in refused.json()["detail"]
        assert stranger("POST", "/api/uploads", content=two).status_code == 201


def test_a_database_that_was_renamed(tmp_path):
    """Nothing is taken that would be gone with the process; put back, it goes on."""
    with running(tmp_path) as site:
        path = site.services.context.database.path
        site.get("/readyz")
        path.rename(path.with_name("elsewhere"))
        answer = site.post("/api/jobs", json={"params": TINY})
        assert (answer.status_code, answer.json()["code"]) == (503, "storage")
        assert "not where it was" in answer.json()["detail"]
        status, wrong = ready(site)
        assert (status, set(wrong)) == (503, {"database"})
        path.write_bytes(b"")  # another file in its place is noticed, too
        assert site.post("/api/jobs", json={"params": TINY}).status_code == 503
        path.unlink()
        path.with_name("elsewhere").rename(path)
        assert ready(site) == (200, {})
        done = site.post("/api/jobs", json={"params": TINY}, headers={"Prefer": "wait=30"})
        assert done.json()["state"] == "succeeded"


def test_a_database_that_does_not_answer():
    """It is no bug of ours, and nothing was charged: it says so, and when to come back."""
    problem = problem_in(DatabaseUnavailableError("The database does not answer (TimeoutError)."))
    assert (problem.status, problem.code, problem.charged) == (503, "storage", "no")
    assert problem.detail.startswith("The database does not answer (TimeoutError). Nothing was")
    assert problem.headers["Retry-After"] == "5"


@pytest.mark.anyio
async def test_many_ask_and_one_looks():
    """What writes to the disk is done once for all who ask at about the same moment."""
    time, looks = [0.0], []
    fresh = Fresh(1.0, lambda: time[0])

    async def look():
        looks.append(1)
        await anyio.lowlevel.checkpoint()
        return len(looks)

    found = []
    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(lambda: keep(found, fresh, look))
    assert found == [1] * 5
    time[0] = 2.0
    assert await fresh.get(look) == 2


async def keep(found, fresh, look):
    found.append(await fresh.get(look))
