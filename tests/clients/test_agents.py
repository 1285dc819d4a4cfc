"""What agents can do over the Model Context Protocol beside one picture."""

from tests.clients.installed import BY_PACKAGE


def test_the_mcp_package(use, seen):
    """Edits and tools work on pictures of the gallery, and each price is told."""
    found = use(BY_PACKAGE["mcp"], "extras")["extras"]
    assert found["told"]
    assert found["edited"] == ["PNG 512x768"]
    assert len(found["lines"]) == 1
    assert "Anlas" in found["price"]
    assert [one.status for one in seen.requests] == [200, 200, 200]


def test_a_misspelt_argument_draws_nothing(use, seen):
    """What a tool does not know is named, and nothing is drawn without it."""
    found = use(BY_PACKAGE["mcp"], "unknown")["unknown"]
    assert "charcters" in found["said"]
    assert seen.paid == 0


def test_mcp_inspector(use, seen):
    """It lists every tool."""
    found = use(BY_PACKAGE["@modelcontextprotocol/inspector"], "lists")["lists"]
    assert {"generate_image", "edit_image", "estimate_cost"} <= {*found}
    assert seen.paid == 0
