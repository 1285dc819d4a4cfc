"""All routes times all identities: who gets in where. Prints a table, and what is wrong in it.

    .venv/bin/python -m tests.server_api.rights_table

A route is asked as it declares itself (`test_rights`), so what this finds is a declaration that
does not hold, a refusal in the wrong words, or something of one owner that another one sees.
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect
from tests.server_api.people import Site, Somebody, png, running
from tests.server_api.test_rights import BODIES, ROUTES, is_public

from novelai.server.keys.service import LOCAL

IDENTITIES = {
    "none": None,
    "wrong": None,
    "revoked": None,
    "expired": None,
    "read-only": {"read"},
    "generate-only": {"generate"},
    "free-only": {"generate", "read"},
    "foreign": {"generate", "read", "admin"},
}
"""Who asks, and the scopes they have."""

PLANTED = "planted-prompt-of-the-owner"
ENDLESS = {"/api/events"}
"""Streams that end only with their reader."""

CHECK_THEMSELVES = {"/generate": {"generate"}, "/metrics": {"admin"}}
"""They declare nothing, because a link opens the one and this machine the other."""

QUERY = {"/generate": "?prompt=a&size=64x64", "/nai2api/generate": "?tag=a"}

FIRST_OWNER = {"/metrics"}
"""For administrators of the first owner alone."""

RELAYED = {f"{front}/ai/generate{end}" for front in ("", "/native") for end in ("", "-stream")}
"""What NovelAI answers, which may be a refusal of its own."""

REFUSING = {"/user/login", "/native/user/login", "/sdapi/v1/interrogate"}
"""They refuse everybody, whoever asks."""


class Table:
    """A server with something of everything, and everybody who asks it."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.wrong: list[str] = []
        owner = site.somebody("owner", scopes=("generate", "read", "admin"))
        job = owner.make(prompt=PLANTED)
        draw = {"prompt": PLANTED, "size": "64x64"}
        owner("PUT", "/api/draft", json={"document": draw, "revision": 0})
        account = owner.get("/api/accounts").json()["accounts"][0]["id"]
        upload = owner("POST", "/api/uploads", content=png()).json()["sha256"]
        self._ids = {
            "job_id": job["id"], "image_id": job["images"][0]["id"], "key_id": owner.key.id,
            "account_id": account, "vibe_id": "vibe_none", "sha256": upload, "prompt_id": job["id"],
        }  # fmt: skip
        revoked = site.somebody("revoked")
        site.portal.call(lambda: site.services.keys.revoke(LOCAL, revoked.key.id))
        self._people = {
            "none": Somebody(site),
            "wrong": Somebody(site, secret="nvs_wrong"),
            "revoked": revoked,
            "expired": site.somebody("expired", expires_at=1.0),
            "read-only": site.somebody("reader", scopes=("read",)),
            "generate-only": site.somebody("maker", scopes=("generate",)),
            "free-only": site.somebody("free", free_only=True),
            "foreign": site.somebody(
                "foreign", owner=site.owner(), scopes=("generate", "read", "admin")
            ),
        }

    def ask(self, who: str, method: str, path: str) -> tuple[int, str]:
        """Return the status and the text of an answer."""
        person = self._people[who]
        named = path
        for name, value in self._ids.items():
            own = who == "foreign" or method == "GET"
            named = named.replace(f"{{{name}}}", value if own else "nothing")
        named = named.replace("{rest:path}", "x").replace("{path:path}", "x/y")
        self._site.cookies.clear()
        if method == "WEBSOCKET":
            return self._open(person, named)
        named += QUERY.get(path, "")
        body: dict[str, Any] = {}
        if method not in ("GET", "HEAD", "OPTIONS"):
            body = {"json": BODIES.get(path, {})}
        headers = {"Accept": "application/json, text/event-stream, image/*"}
        answer = person(method, named, headers=headers, **body)
        return answer.status_code, answer.text

    def _open(self, person: Somebody, path: str) -> tuple[int, str]:
        shown = {"Authorization": f"Bearer {person.secret}"} if person.secret else {}
        url = str(self._site.base_url).replace("http", "ws") + path
        try:
            with self._site.websocket_connect(url, headers=shown):
                return 101, ""
        except WebSocketDenialResponse as answer:
            return answer.status_code, ""
        except WebSocketDisconnect as closed:
            return {"unauthenticated": 401, "scope": 403}.get(closed.reason, 403), ""

    def judge(self, who: str, method: str, path: str, needs: set[str]) -> str:
        """Ask, and return what is shown in the table; what is wrong is kept."""
        scopes = IDENTITIES[who]
        needs = CHECK_THEMSELVES.get(path, needs)
        public = is_public(path, {method}) and path not in CHECK_THEMSELVES
        allowed = scopes is not None and needs <= scopes | {"any"}
        if path in FIRST_OWNER and who == "foreign":
            allowed = False
        if path in ENDLESS and allowed:
            return "stream"
        status, text = self.ask(who, method, path)
        problem = None
        if status == 500:
            problem = "fails"
        elif PLANTED in text:
            problem = "sees what is not theirs"
        elif not public:
            expected = 401 if scopes is None else 403
            problem = judge_status(path, status, expected, allowed=allowed)
        if problem is not None:
            self.wrong.append(f"{who} at {method} {path} ({status}): {problem}")
        return str(status)


def judge_status(path: str, status: int, expected: int, *, allowed: bool) -> str | None:
    """Return what is wrong with an answer."""
    if not allowed:
        return None if status == expected else "gets in"
    lenient = path in REFUSING | RELAYED or "user/" in path
    return "is refused what it may do" if status in (401, 403) and not lenient else None


def main() -> int:
    """Print the table; 1 when something in it is wrong."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), require_keys=True, upload_quota_key=0) as site,
    ):
        table = Table(site)
        print(f"{'route':<52}{'needs':<10}" + "".join(f"{who:<14}" for who in IDENTITIES))
        asked: Counter[str] = Counter()
        for path, methods, scopes in ROUTES:
            for method in sorted(methods - {"HEAD"}):
                needs = "+".join(sorted(CHECK_THEMSELVES.get(path, scopes))) or "public"
                found = [table.judge(who, method, path, scopes) for who in IDENTITIES]
                asked.update(found)
                name = f"{method} {path}"
                print(f"{name:<52}{needs:<10}" + "".join(f"{one:<14}" for one in found))
    for one in table.wrong:
        print(f"WRONG: {one}")
    print(f"{sum(asked.values())} requests, {len(table.wrong)} wrong")
    return 1 if table.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
