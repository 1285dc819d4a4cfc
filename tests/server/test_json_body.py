"""JSON in bodies: what is large is read in another thread, and means the same."""

import json
import threading

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from novelai.server.http.json_body import LARGE, JSONRoute, parse_json

pytestmark = pytest.mark.anyio

router = APIRouter(route_class=JSONRoute)


@router.post("/length")
async def length(body: dict[str, str]) -> int:
    """Return how long a text is."""
    return len(body["text"])


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    app.include_router(router)
    return TestClient(app)


@pytest.mark.parametrize("size", [2, LARGE, LARGE + 1])
async def test_large_json_is_read_elsewhere(size: int) -> None:
    """Up to a size it is read where it is, and beyond it in another thread."""
    threads: list[int] = []

    def parse(body: bytes) -> str:
        threads.append(threading.get_ident())
        return json.loads(body)

    text = "x" * (size - 2)
    assert await parse_json(json.dumps(text).encode(), parse) == text
    assert (threads == [threading.get_ident()]) is (size <= LARGE)


@pytest.mark.parametrize("size", [10, 2 * LARGE])
def test_a_route_takes_json_of_any_size(client: TestClient, size: int) -> None:
    """A body means the same however long it is, and what is no JSON is refused."""
    assert client.post("/length", json={"text": "x" * size}).json() == size
    broken = client.post(
        "/length", content=b"{" + b" " * size, headers={"Content-Type": "application/json"}
    )
    assert broken.status_code == 422


async def test_what_is_no_json_is_told() -> None:
    """Whoever reads it is told so, from the other thread, too."""
    for body in (b"{", b"{" + b" " * LARGE):
        with pytest.raises(ValueError, match="Expecting"):
            await parse_json(body)
