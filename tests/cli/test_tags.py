"""``novelai tags``."""


def test_tags_are_suggested(run, emulator):
    """One a line, most likely first, with how many pictures carry it."""
    ran = run("tags", "cat")
    assert ran.exit_code == 0, ran.stderr
    assert all(len(line.split()) >= 2 for line in ran.lines)
    records = run("tags", "cat", "--json").records
    assert [record["tag"] for record in records] == [line[:40].strip() for line in ran.lines]
    assert set(records[0]) == {"tag", "count", "confidence"}


def test_japanese_words_are_understood(run):
    """--lang jp looks tags up by their Japanese names."""
    records = run("tags", "猫", "--lang", "jp", "--json").records
    assert records
    assert set(records[0]) == {"tag", "jp_tag", "power"}


def test_nothing_typed_is_a_wrong_parameter(run, emulator):
    """Found before anything is sent."""
    assert run("tags", " ").exit_code == 2
    assert emulator.requests == []
