"""What each program does first, with its own defaults, and what it shows when it may not."""

import pytest
from tests.clients.conftest import KEYS
from tests.clients.installed import CLIENTS

WHY = ("free", "Anlas", "may not use", "403")
"""A reason; some programs show no more than the status."""
every = pytest.mark.parametrize("client", CLIENTS, ids=lambda one: one.package)


@every
@pytest.mark.parametrize("kind", KEYS)
def test_it_draws_by_default(use, seen, client, kind):
    """Whatever the key may do, the first picture comes, once and for nothing; or it is said why."""
    found = use(client, "draw", kind=kind)["draw"]
    if "error" in found and kind in client.may_refuse:
        assert client.hides or any(word in found["said"] for word in WHY)
        assert seen.paid == 0
    else:
        assert found == [client.draws]
        assert [(one.status, one.anlas_spent) for one in seen.requests] == [(200, 0)]


@every
def test_an_open_server_takes_any_key(use_openly, seen, client):
    """Where nobody needs a key, one of another service counts for nothing."""
    found = use_openly(client, "draw")["draw"]
    if client.package == "nekoai-api":  # it names a web site, which counts without a key that holds
        assert "novelai keys create" in found["said"]
        assert seen.paid == 0
    else:
        assert found == [client.draws]
        assert seen.paid == 1


@every
def test_two_at_once(use, seen, client):
    """Two pictures asked for at the same time both come, and no third."""
    assert len(use(client, "twice")["twice"]) == 2
    assert [one.status for one in seen.requests] == [200, 200]


@every
def test_a_wrong_key_is_told(use_wrongly, seen, client):
    """A key that is none draws nothing, and the program says that it is the key."""
    found = use_wrongly(client, "draw")["draw"]
    assert client.hides or "key" in found["said"].lower()
    assert seen.paid == 0


@every
def test_what_is_over_the_budget_is_told(use, seen, client):
    """What a free key may not pay for is not drawn, and the program says what the key may do."""
    found = use(client, "costly", kind="free only")["costly"]
    assert client.hides or "free" in found["said"] or "Anlas" in found["said"]
    assert seen.paid == 0
