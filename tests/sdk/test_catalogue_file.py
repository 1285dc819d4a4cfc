"""A table of models in a file, in place of the built-in one."""

import json
import subprocess
import sys
from copy import deepcopy

import pytest

from novelai._model_table import read_table
from novelai.errors import ConfigurationError

MODEL = "nai-diffusion-5-full"
NEW = "nai-diffusion-6-full"


@pytest.fixture
def table():
    """Return the built-in table, to be changed."""
    return deepcopy(dict(read_table().document))


@pytest.fixture
def read(tmp_path):
    """Read a table that was written to a file."""

    def read(table):
        path = tmp_path / "models.json"
        path.write_text(table if isinstance(table, str) else json.dumps(table), "utf-8")
        return read_table(str(path))

    return read


def test_the_table_that_is_printed_can_be_used(read, table):
    """It is the same, whichever way it came."""
    assert read(table) == read_table()


def test_a_new_model_needs_no_release(read, table):
    """A row is a model: what it fixes, leaves out and costs is in it."""
    row = {**table["models"][MODEL], "name": "V6", "since": "2027-01-01", "hashes": ["0123ABCD"]}
    row |= {"fixed": {"steps": 9}, "omits": ["cfg_rescale"], "step_price": 0.5}
    table["models"][NEW] = row
    spec = read(table).models[NEW]
    assert (spec.id, spec.name, spec.since, spec.hashes) == (NEW, "V6", "2027-01-01", ("0123ABCD",))
    assert (spec.fixed, spec.omits, spec.step_price) == ({"steps": 9}, ("cfg_rescale",), 0.5)


WRONG = [
    ({"steps": "many"}, "field 'steps': must be a valid integer"),
    ({"steps": True}, "field 'steps': must be a valid integer"),
    ({"steps": 51}, "field 'steps': must be 1 to 50"),
    ({"scale": 11}, "field 'scale': must be 0 to 'max_scale'"),
    ({"samplers": "k_euler"}, "field 'samplers'"),
    ({"samplers": [1]}, "field 'samplers.0': must be a valid string"),
    ({"sampler": "k_new"}, "field 'sampler': must be one of 'samplers'"),
    ({"noise_schedule": "new"}, "field 'noise_schedule': must be one of 'noise_schedules'"),
    ({"curated": 1}, "field 'curated': must be a valid boolean"),
    ({"generation": "v9"}, "field 'generation': must be 'v5', "),
    ({"price_factor": 0}, "field 'price_factor': must be more than 0"),
    ({"characters": -1}, "field 'characters': must be 0 or more"),
    ({"colour": "red"}, "field 'colour': is not a field of the catalogue"),
    ({"id": "another"}, "field 'id': is not a field of the catalogue"),
    ({"uc": {"heavy": "x"}}, "field 'uc': must hold 'none'"),
    ({"uc": {"worst": "x", "none": ""}}, "field 'uc.worst': must be one of 'uc_presets'"),
    ({"uc": {"heavy": 1, "none": ""}}, "field 'uc.heavy': must be a valid string"),
    ({"quality": {"best": "x"}}, "field 'quality.best': must be one of 'quality_presets'"),
    ({"variant_of": "none"}, "field 'variant_of': must be the id of a row"),
    ({"fixed": {"seed": 1}}, "field 'fixed.seed': must be one of steps, "),
    ({"fixed": {"steps": "9"}}, "field 'fixed.steps': must be of type int"),
    ({"fixed": {"steps": 0}}, "field 'fixed.steps': must be 1 to 50"),
    ({"fixed": {"uc_preset": "worst"}}, "field 'fixed.uc_preset': must be one of 'uc'"),
    ({"omits": [None]}, "field 'omits.0': must be a valid string"),
]


@pytest.mark.parametrize(("change", "sentence"), WRONG)
def test_a_wrong_value_is_named_by_row_and_field(read, table, change, sentence):
    """Types, ranges, names and contradictions, each in a sentence."""
    table["models"][MODEL] |= change
    with pytest.raises(ConfigurationError) as caught:
        read(table)
    assert f"row {MODEL!r}, {sentence}" in str(caught.value)


def test_a_missing_field_is_named(read, table):
    """Of a row, and of the table."""
    del table["models"][MODEL]["sampler"]
    with pytest.raises(ConfigurationError, match=r"row 'nai.*', field 'sampler': is missing"):
        read(table)
    table.pop("sizes")
    with pytest.raises(ConfigurationError, match="is missing"):
        read(table)


@pytest.mark.parametrize(
    ("part", "value", "sentence"),
    [
        ("models", [], "'models': must be an object"),
        ("models", {}, "must hold nai-diffusion-4-5-full"),
        ("models", {MODEL: []}, f"row '{MODEL}': must be an object"),
        ("sizes", {"portrait": [7, 7]}, "'sizes', field "),
        ("sizes", {"portrait": [64]}, "'sizes', field 'portrait.1': is missing"),
        ("aliases", {"a": "b"}, "'aliases', field 'a': must be the id of a row"),
        ("unknown", {"steps": 1}, "'unknown', field "),
        ("colours", [], "'colours': is not a field of the catalogue"),
        ("document", {}, "'document': is not a field of the catalogue"),
    ],
)
def test_a_wrong_part_is_named(read, table, part, value, sentence):
    """What stands beside the rows is checked, too."""
    with pytest.raises(ConfigurationError) as caught:
        read({**table, part: value})
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[1]", "must hold an object"),
        ('{"about": NaN}', "is not JSON"),
    ],
)
def test_a_file_that_is_no_table(read, text, sentence):
    """Whatever it holds, a sentence says so."""
    with pytest.raises(ConfigurationError, match=sentence):
        read(text)


def test_a_file_that_is_not_there(tmp_path):
    """It is named with the variable that names it."""
    with pytest.raises(ConfigurationError, match=r"NOVELAI_CATALOGUE: .*: cannot be read: No such"):
        read_table(str(tmp_path / "none.json"))


PROGRAM = """
from novelai import NovelAI
from novelai.types import GenerateImageParams
params = GenerateImageParams(prompt="a cat", model="nai-diffusion-6-full")
print(params.processed_prompt, params.steps, params.calculate_anlas().total_anlas)
"""


def test_the_variable_names_the_file(tmp_path, table):
    """Parameters, words and prices follow it."""
    table["models"][NEW] = {**table["models"][MODEL], "quality": {"standard": "good"}}
    table["models"][NEW] |= {"inpainting": None, "fixed": {"steps": 9}}
    path = tmp_path / "models.json"
    path.write_text(json.dumps(table), "utf-8")
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        env={"NOVELAI_CATALOGUE": str(path), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "a cat, good 9 14\n"
