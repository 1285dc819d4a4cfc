"""Whatever a request holds, the answer is one that the OpenAPI document describes."""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from requests import Request
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.server_api.people import ADDRESS, png, running

from novelai.server.app import create_app
from novelai.server.settings import Settings

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
STREAMS = "/events$"  # some have no end; they are tested where they are made

document = create_app(Settings(demo=True, _env_file=None)).openapi()
schema = schemathesis.openapi.from_dict(document).exclude(path_regex=STREAMS)


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    """A server with one of everything; with the ids of these things."""
    with running(tmp_path_factory.mktemp("any"), require_keys=True) as site:
        admin = site.somebody("admin", scopes=("generate", "read", "admin"))
        job = admin.make()
        vibe = admin.make("encode_vibe", image=png_text())["vibes"][0]["id"]
        upload = admin("POST", "/api/uploads", content=png()).json()["sha256"]
        account = admin.get("/api/accounts").json()["accounts"][0]["id"]
        known = {
            "job_id": job["id"],
            "image_id": job["images"][0]["id"],
            "vibe_id": vibe,
            "sha256": upload,
            "account_id": account,
            "key_id": site.somebody("changed").key.id,
        }
        yield admin, known


def png_text():
    """A picture as parameters of a job hold it."""
    import base64

    return base64.b64encode(png()).decode()


@pytest.mark.filterwarnings("ignore::novelai.errors.UnknownModelWarning")
@schema.parametrize()
@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_any_request(case, there):
    """No request makes the server fail, and every answer is as documented."""
    admin, known = there
    body = case.body if isinstance(case.body, dict) else {}
    if body.get("proxy") or body.get("webhook"):
        return  # an address somewhere in the world
    answers = [send(admin, case)]
    if case.path_parameters and case.method != "DELETE":
        case.path_parameters = {name: known[name] for name in case.path_parameters}
        answers.append(send(admin, case))
    if case.path == "/api/queue":
        admin("POST", "/api/queue", json={"paused": False})
    for answer in answers:
        case.validate_response(answer, checks=CHECKS)


def send(admin, case):
    """Send a case, byte for byte as it was made."""
    given = case.as_transport_kwargs(base_url=ADDRESS)
    made = Request(**{name: given[name] for name in given if name in REQUEST}).prepare()
    headers = {name: value for name, value in made.headers.items() if name != "Authorization"}
    return admin(made.method, made.url, headers=headers, content=made.body)


REQUEST = ("method", "url", "headers", "params", "data", "json", "files", "cookies")
