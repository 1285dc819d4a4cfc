"""Every example does what it says, with a key and nothing else."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from PIL import Image, ImageChops
from tests.cli.processes import ROOT, web_app

from novelai.emulator import Emulator
from novelai.pictures import GeneratedImage

PORTRAIT, LANDSCAPE = (832, 1216), (1216, 832)
SMALL, SMALL_PORTRAIT = (640, 640), (512, 768)
TOOL_PORTRAIT = (836, 1254)
PROMISED = {
    "01_basic.py": {"01_basic.png": PORTRAIT},
    "02_references.py": {"02_references.png": PORTRAIT},
    "03_characters.py": {"03_characters.png": LANDSCAPE},
    "04_vibe_transfer.py": {"04_vibe_city.png": PORTRAIT, "04_vibe_forest.png": PORTRAIT},
    "05_batch.py": {
        **{f"05_seed_{seed}.png": SMALL for seed in (7, 8, 9)},
        **{f"05_{place}.png": SMALL for place in ("beach", "library", "rooftop")},
    },
    "06_streaming.py": {"06_streaming.png": PORTRAIT},
    "07_image_to_image.py": {"07_strength_0.3.png": PORTRAIT, "07_strength_0.7.png": PORTRAIT},
    "08_async.py": {f"08_{name}.png": SMALL_PORTRAIT for name in ("cat", "fox", "wolf")},
    "09_prices.py": {"09_prices.png": PORTRAIT},
    "11_inpainting.py": {"11_before.png": PORTRAIT, "11_after.png": PORTRAIT},
    "12_account.py": {},
    "13_tools.py": {
        "13_girl.png": SMALL_PORTRAIT,
        "13_line_art.png": TOOL_PORTRAIT,
        "13_happy.png": TOOL_PORTRAIT,
        "13_colours.png": TOOL_PORTRAIT,
        "13_cut_out.png": TOOL_PORTRAIT,
        "13_large.png": (1024, 1536),
    },
    "14_tags.py": {},
}
APPS = ("10_fastapi_integration.py", "15_fastapi_pieces.py")
PROGRAMS = ("16_discord_bot.py", "17_celery_worker.py", "18_gradio_app.py", "notebook.ipynb")
"""Run by `test_programs.py`."""


@pytest.fixture(scope="module")
def emulator():
    return Emulator(fast=True)


@pytest.fixture(scope="module")
def url(emulator):
    with emulator.serve() as url:
        yield url


def token_of(script: str) -> str:
    """An account for each example: they run side by side, one generation each."""
    return f"pst-{script.removesuffix('.py')}"


@pytest.fixture(scope="module")
def runs(url, tmp_path_factory):
    """Every example, run once in a folder of its own."""
    folders = {script: tmp_path_factory.mktemp(script.removesuffix(".py")) for script in PROMISED}

    def run(script: str) -> tuple[subprocess.CompletedProcess[str], Path]:
        folder = folders[script]
        keys = {"NOVELAI_API_KEY": token_of(script), "NOVELAI_BASE_URL": url}
        done = subprocess.run(
            [sys.executable, "-W", "error", str(ROOT / "examples" / script)],
            cwd=folder,
            env={**os.environ, **keys},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done, folder

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(PROMISED, pool.map(run, PROMISED), strict=True))


@pytest.mark.parametrize("script", PROMISED)
def test_it_leaves_the_pictures_it_promises(runs, script):
    """The example ends well, without a warning, and leaves its pictures with their settings."""
    done, folder = runs[script]
    assert (done.returncode, done.stderr) == (0, "")
    sizes = {}
    for path in folder.glob("*.png"):
        with Image.open(path) as picture:
            sizes[path.name] = picture.size
        assert GeneratedImage(path.read_bytes()).metadata.software == "NovelAI"
    assert sizes == PROMISED[script]


def test_every_example_is_tried():
    """No program in the folder is left out here."""
    found = {path.name for path in (ROOT / "examples").glob("*.*")}
    assert found == {*PROMISED, *APPS, *PROGRAMS, "ruff.toml"}


def test_the_vibe_is_paid_for_once(runs, emulator):
    """The vibe example encodes its picture once and keeps the bytes."""
    _, folder = runs["04_vibe_transfer.py"]
    assert len((folder / "04_sunset.vibe").read_bytes()) == 48_916
    # Opus draws normal pictures free of charge, so the encoding is all that was spent.
    assert emulator.account(token_of("04_vibe_transfer.py")).anlas == 10_000 - 2


def test_the_stream_was_watched(runs):
    """The streaming example shows steps and keeps a preview."""
    done, folder = runs["06_streaming.py"]
    assert "step 1 of 23" in done.stdout
    with Image.open(folder / "06_preview.jpg") as preview:
        assert preview.format == "JPEG"


def test_the_prices_are_told(runs):
    """The price example prints the prices NovelAI's page shows."""
    done, _ = runs["09_prices.py"]
    rows = {tuple(line.rsplit(maxsplit=2)) for line in done.stdout.splitlines()}
    assert {("normal", "17", "0"), ("large", "30", "30"), ("V5", "26", "0")} <= rows


def test_the_account_is_told(runs):
    """The account example prints tier, balance and allowance."""
    done, _ = runs["12_account.py"]
    assert {"Tier: Opus", "Anlas: 10000 (10000 of this month's grant)"} <= {
        *done.stdout.split("\n")
    }
    assert "Free V5 pictures: about 1730 (100 % of the allowance)" in done.stdout


def test_the_tags_are_told(runs):
    """The tag example prints suggestions in both languages."""
    done, _ = runs["14_tags.py"]
    english, _, japanese = done.stdout.partition("Tags for")
    assert len(english.splitlines()) > 1
    assert " = " in japanese


def test_only_the_mask_was_repainted(runs):
    """The inpainting example changes the picture under the mask and its soft edge only."""
    _, folder = runs["11_inpainting.py"]
    with Image.open(folder / "11_before.png") as before, Image.open(folder / "11_after.png") as now:
        difference = ImageChops.difference(before.convert("RGB"), now.convert("RGB"))
    changed = difference.getbbox()
    assert changed is not None
    left, top, right, bottom = changed
    reach = 72
    assert left >= 216 - reach
    assert top >= 120 - reach
    assert right <= 624 + reach
    assert bottom <= 424 + reach


def test_the_pieces_serve(url):
    """The app made of the pieces answers pictures, streams, and errors with their status."""
    keys = {"NOVELAI_API_KEY": token_of("15_fastapi_pieces.py"), "NOVELAI_BASE_URL": url}
    with web_app("15_fastapi_pieces.py", **keys) as app, httpx2.Client(base_url=app) as browser:
        picture = browser.get("/generate", params={"prompt": "1girl", "size": "small_square"})
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
        assert GeneratedImage(picture.content).metadata.prompt.startswith("1girl")
        watched = browser.get("/watch", params={"prompt": "1girl"}).text
        assert watched.count("event: preview") == 22
        assert watched.count("event: final") == 1
        refused = browser.get("/generate", params={"prompt": "1girl", "size": "7x7"})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "size")
