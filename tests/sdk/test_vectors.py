"""What NovelAI's web client makes of an input, case by case, against what ours makes of it.

Reads every file of the folder that ``NOVELAI_VECTORS`` names; by default the project's own copy.
A file is ``{"about", "count", "cases"}``, a case has an ``id``, what goes in, and what comes out.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.sdk.vectors import bodies, numbers, pixels, templates, tokens, words

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("NOVELAI_VECTORS") or ROOT / "tests" / "data" / "vectors")
CHECKS = (
    words.CHECKS | numbers.CHECKS | bodies.CHECKS | tokens.CHECKS | pixels.CHECKS | templates.CHECKS
)
CIRCLE = "what refers to itself is refused, where the convention stops at the fifth time"

EXCEPTIONS: dict[str, str] = {
    "1a47274339505496": CIRCLE,
    "12a53d7791f723f1": CIRCLE,
    "5252ded696e74968": CIRCLE,
}
"""Why a case need not hold, by what `fingerprint` makes of it: the interface, or confidence C."""


def fingerprint(file: str, case: dict[str, Any]) -> str:
    """Name a case by what it holds: another folder may use its id for something else."""
    content = {name: value for name, value in case.items() if name != "id"}
    data = json.dumps([file, content], sort_keys=True).encode()
    return hashlib.sha256(data).hexdigest()[:16]


def read_cases() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.json")):
        for case in json.loads(path.read_text("utf-8"))["cases"]:
            marks = []
            reason = EXCEPTIONS.get(fingerprint(path.stem, case))
            if reason is not None:
                marks.append(pytest.mark.xfail(reason=reason, strict=True))
            yield pytest.param(path.stem, case, id=f"{path.stem}-{case['id']}", marks=marks)


@pytest.mark.parametrize(("file", "case"), [*read_cases()])
def test_a_vector_holds(file, case):
    """The same input gives the same output."""
    CHECKS[file](case)


def test_exceptions_are_few():
    """At most one case of a hundred is excused."""
    cases = list(read_cases())
    assert cases
    assert 100 * sum(bool(case.marks) for case in cases) <= len(cases)


def test_another_folder_is_read(tmp_path):
    """The folder that is named is read, with its own ids, and what is wrong in it is found."""
    right = {"id": "right", "side": 100, "rounded": 128}
    cases = [right, right | {"id": "wrong", "rounded": 64}]
    (tmp_path / "sizes.json").write_text(json.dumps({"about": {}, "count": 2, "cases": cases}))
    command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider", __file__]
    ran = subprocess.run(
        [*command, "-k", "test_a_vector_holds"],
        env=os.environ | {"NOVELAI_VECTORS": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "test_a_vector_holds[sizes-wrong]" in ran.stdout
    assert "1 failed, 1 passed" in ran.stdout
