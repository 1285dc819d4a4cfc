"""Usage over HTTP."""

import csv
from datetime import UTC, datetime

import pytest


@pytest.fixture(scope="module")
def spender(site):
    """A key with a name that is a formula, which has used something."""
    spender = site.somebody('=HYPERLINK("http://x")')
    spender.make(prompt="free")
    spender.make(prompt="paid", size="512x512", steps=40)
    return spender


@pytest.mark.parametrize("by", ["day", "key", "model"])
def test_rows_add_up(spender, by):
    """Groups add up to the total, which is what was charged."""
    usage = spender.get("/api/usage", params={"by": by}).json()
    (row,) = usage["rows"]
    assert (row["jobs"], row["images"], row["anlas"] > 0) == (2, 2, True)
    assert all(usage["total"][name] == row[name] for name in usage["total"])
    groups = {
        "day": datetime.now(UTC).date().isoformat(),
        "key": spender.key.id,
        "model": "nai-diffusion-4-5-full",
    }
    assert row[by] == groups[by]


def test_a_period(spender):
    """Only what was submitted within it counts."""
    assert spender.get("/api/usage", params={"until": 1}).json()["rows"] == []
    assert spender.get("/api/usage", params={"since": 1}).json()["total"]["jobs"] == 2


def test_a_table_runs_no_formulas(spender):
    """CSV opens in a spreadsheet program without being run."""
    answer = spender.get("/api/usage", params={"by": "key", "format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    names, row = csv.reader(answer.text.splitlines())
    assert names == ["key", "name", "jobs", "images", "anlas", "allowance"]
    assert row[1] == '\'=HYPERLINK("http://x")'


def test_usage_is_the_callers(spender, admin, stranger):
    """A key sees its own, an administrator all of the owner's, another owner nothing of it."""
    keys = {
        who: {row["key"] for row in person.get("/api/usage", params={"by": "key"}).json()["rows"]}
        for who, person in (("own", spender), ("admin", admin), ("other", stranger))
    }
    assert keys["own"] == {spender.key.id}
    assert spender.key.id in keys["admin"]
    assert spender.key.id not in keys["other"]
