"""What people are shown goes through type checkers, each line where it stands in its page."""

import importlib.util
from pathlib import Path

import dev
import pytest

ROOT = Path(__file__).parents[2]


def load(name: str):
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


shown = load("check_shown")

PAGE = """# A page

```python
first = 1
```

Words.

```python
def test_a() -> None:
    assert True
```

```python
second = first
```
"""


def test_a_line_keeps_its_number():
    """An error in the third block is told with the line of the page; a test stands alone."""
    test, session = shown.programs(PAGE)
    page = PAGE.splitlines()
    for program in (test, session):
        lines = program.splitlines()
        assert [page[at] for at, line in enumerate(lines) if line] == [one for one in lines if one]
    assert test.split() == ["def", "test_a()", "->", "None:", "assert", "True"]
    assert session.split() == ["first", "=", "1", "second", "=", "first"]


def test_a_page_without_python_gives_nothing():
    """Other languages are not for these checkers."""
    assert list(shown.programs("```sh\nls\n```\n")) == []


def test_everything_is_laid_out(tmp_path):
    """README, guides and examples are there; what is no more goes, what is the same stays."""
    (tmp_path / "gone.py").write_text("1")
    files = [Path(file) for file in shown.lay_out(tmp_path)]
    assert sorted(tmp_path.iterdir()) == files
    names = {file.name for file in files}
    assert {"README_0.py", "README_ja_0.py", "docs_quickstart_0.py"} <= names
    examples = {f"example_{path.name}" for path in (ROOT / "examples").glob("*.py")}
    assert examples <= names
    blocks = sum(page.read_text("utf-8").count("\n```python\n") for page in shown.pages())
    assert blocks > 80
    before = {file: file.stat().st_mtime_ns for file in files}
    shown.lay_out(tmp_path)
    assert {file: file.stat().st_mtime_ns for file in files} == before


@pytest.mark.parametrize("name", shown.CHECKERS)
def test_each_checker_is_run_by_check(name):
    """`dev.py check` runs every one of them, and the count of typed names."""
    source = Path(dev.__file__).read_text("utf-8")
    assert f'"{name}"' in source
    assert "scripts/check_shown.py" in source
    assert "scripts/verify_types.py" in source


def test_the_share_of_typed_names_is_held():
    """It may not fall below what was promised."""
    assert load("verify_types").LEAST >= 98
