"""
Install the wheel as the documents say, once for each extra, and run what they show.

    python3 scripts/try_installs.py                  build the wheel, try everything
    python3 scripts/try_installs.py bare cli         some of it
    python3 scripts/try_installs.py --wheel FILE     try this wheel instead of building one

Each trial has a fresh virtual environment in which nothing is but the wheel with its extra, and
what the document tells to install besides. The service is an emulator, started in the environment
of `emulator` as the guide says. Commands and programs are taken from the documents themselves, so
what is shown is what runs. It needs pip's package index and some minutes, and prints one line for
each thing that it tried.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import time
import venv
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).parents[1]
PATIENCE = 120.0
"""Seconds until a command counts as hanging."""
PICTURES = ("sketch", "house", "door", "mood", "other", "her")
MADE_FILES = f"""
from pathlib import Path
from PIL import Image
for name in {PICTURES}:
    Image.new("RGB", (832, 1216), "teal").save(name + ".png")
mask = Image.new("L", (832, 1216))
mask.paste(255, (300, 300, 500, 500))
mask.save("door.png")
Path("lists").mkdir()
Path("lists/hair.txt").write_text("red hair\\nblack hair\\n")
"""
"""The files that commands of the guides speak of."""

LINES_TO_COPY = r"(?s)NOVELAI_BASE_URL=(\S+).*NOVELAI_API_KEY='?(pst-[\w-]+)"
V5_COUNT = 'assert tokens.count("1girl, cat ears", "nai-diffusion-5-full").tokens > 3'
NOT_BARE = {"check-service", "cli", "emulator", "fastapi", "http", "operations", "page", "server"}
"""Guides to more than the client."""
TEST_TOOLS = ("pytest", "pytest-timeout", "hypothesis", "trio")


def blocks(page: str, language: str) -> list[str]:
    """Return the code blocks of a page in a language."""
    text = (ROOT / page).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def commands(page: str, program: str) -> list[str]:
    """Return the lines of a page's shell blocks that run a program, at the front or in a pipe."""
    lines = [line for block in blocks(page, "bash") for line in block.splitlines()]
    return [line for line in lines if re.search(rf"(^|\| |\()(\w+=\S+ )*{program} ", line)]


@dataclass
class Trial:
    """One environment, a folder to run in, and what was tried there."""

    name: str
    home: Path
    wheel: Path
    environment: dict[str, str]
    failures: list[str] = field(default_factory=list[str])

    @property
    def folder(self) -> Path:
        """Where its programs run."""
        return self.home / "work"

    @property
    def bin(self) -> Path:
        """Where its programs are."""
        return self.home / "venv" / ("Scripts" if os.name == "nt" else "bin")

    def tell(self, what: str, problem: str = "") -> None:
        """Print whether something worked, and remember it if not."""
        print(f"{'FAILED' if problem else 'ok':6} {self.name}: {what}", flush=True)
        if problem:
            self.failures.append(what)
            print("\n".join(f"         {line}" for line in problem.splitlines()[-15:]), flush=True)

    def install(self, extra: str, *besides: str) -> None:
        """Make the environment: the wheel with an extra, and other packages by name."""
        self.folder.mkdir(parents=True)
        venv.create(self.home / "venv", with_pip=True)
        wanted = f"novelai-fastapi{f'[{extra}]' if extra else ''} @ {self.wheel.as_uri()}"
        pip = [str(self.bin / "python"), "-m", "pip", "--disable-pip-version-check", "install"]
        self.run(" ".join(["pip install", extra or "-", *besides]), [*pip, "-q", wanted, *besides])

    def run(self, what: str, command: list[str]) -> str:
        """Run a command to its end; it has to end well. Return what it printed."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.path_first(),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE * 5,
        )
        self.tell(what, done.stdout + done.stderr if done.returncode else "")
        return done.stdout

    def shell(self, line: str) -> str:
        """Run a line as a person would type it."""
        return self.run(line, ["/bin/sh", "-ec", line])

    def program(self, what: str, *sources: str) -> None:
        """Run Python blocks one after another, as one program."""
        (self.folder / "shown.py").write_text("\n\n".join(sources), "utf-8")
        self.run(what, [str(self.bin / "python"), "-W", "error::DeprecationWarning", "shown.py"])

    def path_first(self) -> Mapping[str, str]:
        """Return the variables, with the environment's programs before all others."""
        own = {key: value for key, value in os.environ.items() if not key.startswith("NOVELAI_")}
        path = os.pathsep.join([str(self.bin), os.environ["PATH"]])
        return {**own, "PYTHONUNBUFFERED": "1", "PATH": path, **self.environment}

    @contextmanager
    def serving(self, line: str, sign: str) -> Generator[re.Match[str] | None]:
        """Run a command that serves until the block ends; give what it printed as a sign of it."""
        process = subprocess.Popen(
            shlex.split(line),
            cwd=self.folder,
            env=self.path_first(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            executable=str(self.bin / shlex.split(line)[0]),
        )
        ends = threading.Timer(PATIENCE, process.kill)
        ends.start()
        printed, found = "", None
        while not found and process.stdout and (read := process.stdout.readline()):
            printed += read
            found = re.search(sign, printed)
        ends.cancel()
        self.tell(line, "" if found else printed or "it printed nothing")
        drain = threading.Thread(target=process.communicate, daemon=True)
        drain.start()
        try:
            yield found
        finally:
            process.terminate()
            drain.join(PATIENCE)

    def fetch(self, address: str, kind: str) -> None:
        """Get an address; the answer has to be of this kind."""
        ends = time.monotonic() + PATIENCE
        while True:
            try:
                with urlopen(address, timeout=PATIENCE) as answer:  # noqa: S310 - our own server
                    got = answer.headers["content-type"]
                break
            except URLError as error:
                got = str(error)
                if not isinstance(error.reason, ConnectionError) or time.monotonic() > ends:
                    break
                time.sleep(0.2)
        self.tell(address, "" if got == kind else got)


def without_web(page: str) -> list[str]:
    """Return a page's programs that need the client alone."""
    other = ("fastapi", "def test_", "novelai.emulator", "verify_signature")
    return [block for block in blocks(page, "python") if not any(word in block for word in other)]


def try_bare(trial: Trial) -> None:
    """Quickstart, README and guides with nothing but the client."""
    trial.install("")
    guides = sorted((ROOT / "docs" / "guides").glob("*.md"))
    pages = [f"docs/guides/{path.name}" for path in guides if path.stem not in NOT_BARE]
    pages += ["README.md", "docs/quickstart.md"]
    for page in pages:
        trial.program(page, *without_web(page))


def try_fastapi(trial: Trial) -> None:
    """The app of the guide, served as the guide says."""
    (line,) = commands("docs/guides/fastapi.md", "uvicorn")
    trial.install("fastapi", "uvicorn")
    (trial.folder / "main.py").write_text(blocks("docs/guides/fastapi.md", "python")[0], "utf-8")
    line = line.rpartition("' ")[2]
    with trial.serving(f"{line} --port 0", r"running on (http://\S+)") as started:
        if started:
            trial.fetch(f"{started[1]}/generate?prompt=1girl", "image/png")


def try_emulator(trial: Trial) -> None:
    """The emulator's own guide: its programs, and its tests with pytest."""
    trial.install("emulator", "pytest")
    page = "docs/guides/emulator.md"
    programs = [block for block in blocks(page, "python") if "def test_" not in block]
    trial.program(page, *programs)
    for number, block in enumerate(blocks(page, "python")):
        if "def test_" in block:
            (trial.folder / f"test_{number}.py").write_text(block, "utf-8")
    trial.run("pytest", [str(trial.bin / "python"), "-m", "pytest", "-q", "."])


def try_cli(trial: Trial) -> None:
    """The commands of README and of the guide, as they are typed."""
    trial.install("cli")
    trial.program("files for the commands", MADE_FILES)
    trial.shell('novelai generate "1girl, cat ears" --output cat.png')
    lines = commands("docs/guides/cli.md", "novelai") + commands("README.md", "novelai")
    for line in lines:
        if not re.search(r"novelai (serve|emulate|keys|worker|server|accounts|mcp)", line):
            trial.shell(line.replace("pst-…", trial.environment["NOVELAI_API_KEY"]))


def try_server(trial: Trial) -> None:
    """The server of README, as a demo and with a key."""
    trial.install("server")
    (demo,) = [line for line in commands("README.md", "novelai") if "--demo" in line]
    with trial.serving(demo.replace("8080", "0"), r"(http://127\.0\.0\.1:\d+)") as started:
        if started:
            trial.fetch(f"{started[1]}/generate?prompt=1girl", "image/png")
    (make_key,) = [line for line in commands("README.md", "novelai") if "keys create" in line]
    trial.shell(make_key)


def try_tokens(trial: Trial) -> None:
    """Prompts of V5 are counted."""
    trial.install("tokens")
    block = next(
        one for one in blocks("docs/guides/generate.md", "python") if "count_tokens" in one
    )
    lines = ("from novelai.types import GenerateImageParams", block)
    trial.program("docs/guides/generate.md", *lines, "from novelai import tokens", V5_COUNT)


def try_login(trial: Trial) -> None:
    """Signatures are checked, and what signs in can be imported."""
    trial.install("login")
    login = "from novelai._operations import login\nfrom novelai import NovelAI\nNovelAI.login"
    trial.program("NovelAI.login", login)


def try_all(trial: Trial) -> None:
    """Everything together is found in order."""
    trial.install("all")
    trial.shell("novelai doctor")


def try_examples(trial: Trial) -> None:
    """The larger examples, with the libraries that they name."""
    trial.install("emulator,fastapi", "discord.py", "celery", "gradio", *TEST_TOOLS)
    tests = str(ROOT / "tests" / "docs" / "test_programs.py")
    settings = str(ROOT / "pyproject.toml")
    python = str(trial.bin / "python")
    trial.run("tests/docs/test_programs.py", [python, "-m", "pytest", "-q", "-c", settings, tests])


TRIALS: Mapping[str, Callable[[Trial], None]] = {
    "bare": try_bare,
    "fastapi": try_fastapi,
    "emulator": try_emulator,
    "cli": try_cli,
    "server": try_server,
    "tokens": try_tokens,
    "login": try_login,
    "all": try_all,
    "examples": try_examples,
}


def build_wheel(folder: Path) -> Path:
    """Build the wheel of this checkout."""
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), "."]
    subprocess.run(command, cwd=ROOT, check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def main() -> int:
    """Try what is asked for; the exit code says whether everything worked."""
    parser = argparse.ArgumentParser(description="Run what the documents show, for each extra.")
    parser.add_argument("trials", nargs="*", choices=[[], *TRIALS], metavar="TRIAL")
    parser.add_argument("--wheel", type=Path, metavar="FILE")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        home = Path(place)
        wheel = asked.wheel.resolve() if asked.wheel else build_wheel(home / "dist")
        service = Trial("service", home / "service", wheel, {})
        service.install("emulator")
        (line,) = commands("docs/guides/emulator.md", "novelai")
        emulate = service.serving(line.replace("8787", "0"), LINES_TO_COPY)
        started = stack.enter_context(emulate)
        failures = list(service.failures)
        if not started:
            return 1
        keys = {"NOVELAI_BASE_URL": started[1], "NOVELAI_API_KEY": started[2]}
        for name in asked.trials or TRIALS:
            trial = Trial(name, home / name, wheel, keys)
            TRIALS[name](trial)
            failures += [f"{name}: {what}" for what in trial.failures]
    print(f"{len(failures)} failed" if failures else "Everything that was tried works.")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
