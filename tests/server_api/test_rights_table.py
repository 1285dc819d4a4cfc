"""The table of all routes and all identities, as a command prints it."""

import pytest
from tests.server_api.rights_table import main


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_nobody_gets_where_they_may_not(capsys):
    """About two thousand requests: each is let in or refused as its route declares."""
    wrong = main()
    assert not wrong, capsys.readouterr().out[-5_000:]
