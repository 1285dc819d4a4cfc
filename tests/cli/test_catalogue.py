"""``novelai catalogue``."""

import json
import subprocess
import sys

import pytest

from novelai._model_table import read_table


def test_it_prints_the_table_in_use(run, here):
    """What is printed is a file that can be used in its place."""
    ran = run("catalogue")
    assert ran.exit_code == 0
    (here / "models.json").write_text(ran.stdout, "utf-8")
    assert read_table(str(here / "models.json")) == read_table()


@pytest.mark.parametrize("command", [["catalogue"], ["generate", "a cat", "--cost"], ["serve"]])
def test_a_file_that_cannot_be_used_is_named(here, command):
    """Every command that needs the table says what is wrong, and sends nothing."""
    table = dict(read_table().document)
    table["models"] = {**table["models"], "nai-diffusion-6": {"steps": "many"}}
    (here / "models.json").write_text(json.dumps(table), "utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "novelai", *command],
        env={"NOVELAI_CATALOGUE": "models.json", "PATH": "", "COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert "NOVELAI_CATALOGUE: models.json: row 'nai-diffusion-6', field " in ran.stderr
    assert "Traceback" not in ran.stderr
