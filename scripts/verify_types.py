"""
Tell how much of the package has a type that every checker understands alike, and hold it there.

    python scripts/verify_types.py

It is what ``pyright --verifytypes novelai --ignoreexternal`` counts; below `LEAST` it names what is
missing and fails. A type is missing where an attribute or a name of a module is given a value and
no annotation: checkers may differ in what they make of that.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

LEAST = 98.0
"""In percent."""


def main() -> int:
    """Count, print the figure and return the exit code."""
    folder = Path(sys.executable).parent
    # It looks for the package in the Python that comes first on PATH.
    path = os.pathsep.join((str(folder), os.environ.get("PATH", "")))
    command = [folder / "basedpyright", "--verifytypes", "novelai", "--ignoreexternal"]
    done = subprocess.run(
        [*command, "--outputjson"],
        cwd=folder,  # outside of the checkout, whose settings are for its own sources
        env={**os.environ, "PATH": path},
        capture_output=True,
        check=False,
    )
    report: dict[str, Any] = json.loads(done.stdout)["typeCompleteness"]
    percent = 100 * float(report["completenessScore"])
    print(f"{percent:.1f} % of {sum(report['exportedSymbolCounts'].values())} names are typed.")
    if percent >= LEAST:
        return 0
    print(f"At least {LEAST:g} % have to be. Those that are not:")
    for symbol in report["symbols"]:
        if symbol["isExported"] and not symbol["isTypeKnown"]:
            print(f"  {symbol['name']}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
