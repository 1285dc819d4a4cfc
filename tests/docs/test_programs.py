"""The larger examples do what they say: a bot, a worker, a page, a notebook."""

import ast
import asyncio
import importlib.util
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from PIL import Image
from tests.cli.processes import ROOT, running
from tests.fastapi.waiting import until

from novelai import AsyncNovelAI
from novelai.emulator import Fault
from novelai.pictures import GeneratedImage
from novelai.types import GenerateImageParams

EXAMPLES = ROOT / "examples"
STANDINS = Path(__file__).parent / "standins"
PATIENCE = 20


def program(name: str) -> ModuleType:
    """Load an example without running it."""
    found = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def settings_of(path: Path) -> str:
    """The prompt embedded in a file."""
    return GeneratedImage(path.read_bytes()).metadata.prompt


class TestDiscordBot:
    @pytest.fixture
    def bot(self):
        return program("16_discord_bot")

    def test_it_words_every_wait(self, bot):
        """The place in the line, the service's pauses, and waits of unknown length have words."""
        assert bot.wait_sentence("turn", None, 1) == "You are next."
        assert bot.wait_sentence("turn", None, 3) == "You are number 3 in the line."
        locked = bot.wait_sentence("locked", 4.6, None)
        assert locked == "Another program draws on this account. Asking again in 5 s."
        assert bot.wait_sentence("unreachable", None, None) == "NovelAI does not answer."

    def test_callers_hear_their_place(self, bot, emulator, url, tmp_path):
        """While one picture is drawn the next callers hear their place, and all get pictures."""
        gate = threading.Event()
        emulator.script(Fault(stall=gate))
        told = {"cat": [], "fox": [], "owl": []}

        def until_told(name: str, sentence: str) -> None:
            until(lambda: sentence in told[name])

        async def ask(client: AsyncNovelAI, name: str):
            async def tell(sentence: str) -> None:
                told[name].append(sentence)

            return await bot.answer(client, f"1girl, {name}", tell, tmp_path)

        async def scene():
            async with (
                AsyncNovelAI(emulator.token, base_url=url) as client,
                asyncio.TaskGroup() as tasks,
            ):
                cat = tasks.create_task(ask(client, "cat"))
                await asyncio.to_thread(until, lambda: emulator.requests)
                fox = tasks.create_task(ask(client, "fox"))
                await asyncio.to_thread(until_told, "fox", "You are next.")
                owl = tasks.create_task(ask(client, "owl"))
                await asyncio.to_thread(until_told, "owl", "You are number 2 in the line.")
                gate.set()
            return [task.result() for task in (cat, fox, owl)]

        answers = asyncio.run(scene())
        for (text, image), name in zip(answers, told, strict=True):
            assert text == f"Seed {image.seed}"
            assert settings_of(tmp_path / f"{image.seed}.png").startswith(f"1girl, {name}")
        assert told["cat"] == []
        assert told["owl"][-1] == "You are next."

    @pytest.mark.parametrize(
        ("fault", "sentence"),
        [
            (Fault(low_balance=True), "The bot has no Anlas left."),
            (Fault(status=500), "No picture came. It may have cost Anlas all the same."),
            (Fault(status=401), "No picture came."),
        ],
    )
    def test_failures_are_told_and_not_sent_again(self, bot, emulator, url, fault, sentence):
        """A caller hears what went wrong, and one request has left."""
        emulator.script(fault)

        async def scene():
            async with AsyncNovelAI(emulator.token, base_url=url) as client:
                return await bot.answer(client, "1girl", pytest.fail)

        assert asyncio.run(scene()) == (sentence, None)
        assert len(emulator.requests) == 1

    def test_discord_gets_the_bytes(self, bot, emulator, url, tmp_path, monkeypatch):
        """Through discord.py the command answers with the file as NovelAI sent it."""
        discord = pytest.importorskip("discord")
        monkeypatch.chdir(tmp_path)
        shown = []

        async def show(**what) -> None:
            shown.append(what)

        async def defer(*, thinking: bool) -> None:
            assert thinking

        interaction = SimpleNamespace(
            response=SimpleNamespace(defer=defer), edit_original_response=show
        )

        async def scene():
            async with AsyncNovelAI(emulator.token, base_url=url) as client:
                tree = bot.make_bot(client).tree
                command = tree.get_command("draw")
                assert command.to_dict(tree)["options"][0]["name"] == "prompt"
                await command.callback(interaction, "1girl")

        asyncio.run(scene())
        (file,) = shown[-1]["attachments"]
        assert isinstance(file, discord.File)
        (path,) = tmp_path.glob("pictures/*.png")
        assert file.fp.read() == path.read_bytes()


class TestCeleryWorker:
    def run(self, emulator, url, folder, *prompts):
        keys = {
            "NOVELAI_API_KEY": emulator.token,
            "NOVELAI_BASE_URL": url,
            "PYTHONPATH": os.pathsep.join([str(STANDINS), os.environ.get("PYTHONPATH", "")]),
        }
        return subprocess.run(
            [sys.executable, "-W", "error", str(EXAMPLES / "17_celery_worker.py"), *prompts],
            cwd=folder,
            env={**os.environ, **keys},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def test_it_draws_each_job(self, emulator, url, tmp_path):
        """Each prompt becomes a job and a file, whose path is printed."""
        done = self.run(emulator, url, tmp_path, "1girl, cat", "1girl, fox")
        assert (done.returncode, done.stderr) == (0, "")
        paths = done.stdout.splitlines()
        assert [settings_of(tmp_path / path)[:10] for path in paths] == ["1girl, cat", "1girl, fox"]

    def test_a_failure_is_one_request(self, emulator, url, tmp_path):
        """What may be paid for is not tried again; the error travels as text."""
        emulator.script(Fault(status=500))
        done = self.run(emulator, url, tmp_path, "1girl")
        assert "(charged: unknown)" in done.stderr.splitlines()[-1]
        assert len(emulator.requests) == 1

    def test_a_real_worker(self, emulator, url, tmp_path, monkeypatch):
        """A worker of Celery draws; a job delivered twice is drawn once."""
        pytest.importorskip("celery.contrib.testing.worker")
        from celery.contrib.testing.worker import start_worker

        monkeypatch.setenv("NOVELAI_API_KEY", emulator.token)
        monkeypatch.setenv("NOVELAI_BASE_URL", url)
        monkeypatch.setenv("CELERY_BROKER", "memory://")
        monkeypatch.setenv("CELERY_RESULTS", "cache+memory://")
        monkeypatch.setenv("PICTURES", str(tmp_path))
        worker = program("17_celery_worker")
        job = GenerateImageParams(prompt="1girl", n_samples=2).model_dump_json()
        with start_worker(worker.app, pool="solo", perform_ping_check=False):
            first = worker.draw.apply_async((job,), task_id="one")
            paths = first.get(timeout=PATIENCE)
            assert worker.draw.apply_async((job,), task_id="one").get(timeout=PATIENCE) == paths
            assert [Path(path).name for path in paths] == ["one-1.png", "one-2.png"]
            assert len(emulator.requests) == 1
            emulator.script(Fault(status=500))
            with pytest.raises(RuntimeError, match="charged: unknown"):
                worker.draw.delay(job).get(timeout=PATIENCE)
            assert len(emulator.requests) == 2


class TestGradioApp:
    @pytest.fixture
    def page(self, emulator, url, monkeypatch):
        monkeypatch.setenv("NOVELAI_API_KEY", emulator.token)
        monkeypatch.setenv("NOVELAI_BASE_URL", url)
        page = program("18_gradio_app")
        yield page
        page.novelai().close()

    def test_previews_come_and_then_the_file(self, page):
        """Each step shows a preview; the last picture is the file with its settings."""
        shown = list(page.watch("1girl, cat ears", "small_square", 5))
        assert [sentence for _, sentence in shown[:-1]] == [f"Step {n} of 5" for n in range(1, 5)]
        with Image.open(shown[0][0]) as preview:
            assert preview.format == "JPEG"
        assert settings_of(Path(shown[-1][0])).startswith("1girl, cat ears")

    def test_prices_and_failures_have_words(self, page, emulator):
        """The price stands there before; a failure keeps the last preview and says its cost."""
        assert page.tell_price("portrait", 23) == "17 Anlas; 0 with Opus"
        emulator.script(Fault(error_event="out of memory"))
        *_, (shown, words) = page.watch("1girl", "small_square", 5)
        assert Path(shown).suffix == ".jpg"
        assert words.endswith("(charged: unknown)")

    @pytest.mark.filterwarnings("ignore")  # of Gradio's client
    def test_a_browser_gets_the_bytes(self, emulator, url, tmp_path):
        """Through Gradio the file arrives as NovelAI sent it."""
        gradio_client = pytest.importorskip("gradio_client")
        keys = {
            "NOVELAI_API_KEY": emulator.token,
            "NOVELAI_BASE_URL": url,
            "GRADIO_ANALYTICS_ENABLED": "False",
        }
        script = str(EXAMPLES / "18_gradio_app.py")
        with running(sys.executable, script, cwd=tmp_path, **keys) as page:
            address = page.wait_for(r"(http://127\.0\.0\.1:\d+)")[1]
            client = gradio_client.Client(address, verbose=False, download_files=str(tmp_path))
            picture, words = client.predict("1girl", "small_square", 5, api_name="/watch")
        assert words.startswith("Seed ")
        assert settings_of(Path(picture)).startswith("1girl")


class TestNotebook:
    def test_its_cells_run(self, emulator, url, tmp_path, monkeypatch):
        """Run from top to bottom, as Jupyter does, the notebook leaves its pictures."""
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("NOVELAI_API_KEY", emulator.token)
        monkeypatch.setenv("NOVELAI_BASE_URL", url)
        notebook = json.loads((EXAMPLES / "notebook.ipynb").read_text("utf-8"))
        cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        session = {"__name__": "__main__"}
        with asyncio.Runner() as loop:
            for cell in cells:
                code = compile(
                    "".join(cell["source"]),
                    cell["id"],
                    "exec",
                    flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
                )
                if waits := eval(code, session):
                    loop.run(waits)
        assert {path.name for path in tmp_path.iterdir()} == {
            "library.png",
            "library.gif",
            "cat.png",
            "fox.png",
        }
        with Image.open(tmp_path / "library.gif") as film:
            assert film.n_frames == 23
        assert {request.status for request in emulator.requests} == {200}

    def test_it_holds_no_results(self):
        """It is kept as written: without outputs, which would hold pictures and balances."""
        notebook = json.loads((EXAMPLES / "notebook.ipynb").read_text("utf-8"))
        code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        assert [(cell["outputs"], cell["execution_count"]) for cell in code] == [([], None)] * len(
            code
        )
