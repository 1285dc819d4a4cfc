"""dev.py: a first run installs, a second goes straight on, an interrupted one is repaired."""

import ast
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable
from pathlib import Path

import dev
import pytest
from dev_venv import lock_file


class Shell:
    """Stands where processes would run: keeps a list, makes the interpreter file, may fail."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.fails: dict[str, int | BaseException] = {}

    def __call__(self, command: list[str]) -> int:
        step = self.name(command)
        self.steps.append(step)
        outcome = self.fails.get(step, 0)
        if isinstance(outcome, BaseException):
            raise outcome
        if outcome == 0 and step == "venv":
            shutil.rmtree(command[-1], ignore_errors=True)
            python = Path(command[-1], "bin", "python")
            python.parent.mkdir(parents=True)
            python.touch()
        if outcome == 0 and step == "ensurepip":
            Path(command[0]).with_name("pip").touch()
        return outcome

    @staticmethod
    def name(command: list[str]) -> str:
        for module in ("venv", "ensurepip"):
            if module in command:
                return module
        return f"{'pip' if '-Im' in command else 'uv'} {command[-1]}"

    def take_steps(self) -> list[str]:
        steps, self.steps = self.steps, []
        return steps


@pytest.fixture
def root(tmp_path):
    (tmp_path / "src" / "novelai").mkdir(parents=True)
    for name in (*dev.LOCKS.values(), "pyproject.toml", "src/novelai/_version.py", "dev.py"):
        (tmp_path / name).write_text(f"{name} as it was")
    return tmp_path


@pytest.fixture
def shell():
    return Shell()


@pytest.fixture
def venv(root, shell, posix):
    return dev.Venv(root=root, run=shell, uv=None, python="python3", version="3.11.1")


@pytest.fixture
def posix():
    if sys.platform == "win32":
        pytest.skip("the pretend shell lays the environment out as on POSIX")


WITH_PIP = ["venv", "ensurepip", "pip requirements.lock", "pip ."]


def test_first_run_installs_the_server_only(venv, shell):
    """`serve` on a fresh clone never installs what only the tests need."""
    venv.prepare("server")
    assert shell.take_steps() == WITH_PIP


def test_second_run_starts_no_process(venv, shell):
    """A run with nothing changed goes straight on."""
    venv.prepare("server")
    shell.take_steps()
    venv.prepare("server")
    assert shell.take_steps() == []


def test_tests_come_on_top_of_the_server(venv, shell):
    """The tests add to the server's environment, and after them the server has all it needs."""
    venv.prepare("server")
    shell.take_steps()
    venv.prepare("tests")
    assert shell.take_steps() == ["pip requirements-dev.lock", "pip ."]
    venv.prepare("server")
    assert shell.take_steps() == []


def test_the_documentation_is_apart(venv, shell):
    """The documentation's tools come when they are asked for, and then nothing else is repeated."""
    venv.prepare("tests")
    assert "pip requirements-docs.lock" not in shell.take_steps()
    venv.prepare("docs")
    assert shell.take_steps() == ["pip requirements-docs.lock", "pip ."]
    for level in dev.LOCKS:
        venv.prepare(level)
    assert shell.take_steps() == []


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml", "src/novelai/_version.py"])
def test_a_change_is_installed_without_starting_over(venv, shell, root, name):
    """A changed lock, project file or version is installed into the environment that is there."""
    venv.prepare("server")
    shell.take_steps()
    (root / name).write_text("changed")
    venv.prepare("server")
    assert shell.take_steps() == WITH_PIP[2:]


@pytest.mark.parametrize("step", WITH_PIP[1:])
@pytest.mark.parametrize("end", [1, KeyboardInterrupt()])
def test_an_interrupted_install_starts_over(venv, shell, step, end):
    """Whatever step an install ended in, the next run makes the environment again, from nothing."""
    shell.fails = {step: end}
    with pytest.raises((dev.Abort, KeyboardInterrupt)):
        venv.prepare("server")
    shell.fails = {}
    shell.take_steps()
    venv.prepare("server")
    assert shell.take_steps() == WITH_PIP


def test_an_interrupted_install_of_more_starts_over_for_all(venv, shell):
    """An install of the tests that broke off may have broken the server: that starts over, too."""
    venv.prepare("server")
    shell.fails = {"pip requirements-dev.lock": 1}
    with pytest.raises(dev.Abort):
        venv.prepare("tests")
    shell.fails = {}
    shell.take_steps()
    venv.prepare("server")
    assert shell.take_steps() == WITH_PIP


def test_another_interpreter_starts_over(venv, shell, root):
    """An environment of another Python is not added to."""
    venv.prepare("server")
    shell.take_steps()
    newer = dev.Venv(root=root, run=shell, uv=None, python="python3", version="3.12.0")
    newer.prepare("server")
    assert shell.take_steps() == WITH_PIP


def test_a_moved_checkout_starts_over(venv, shell, root):
    """Programs in an environment name its place, so a moved one is made again."""
    venv.prepare("server")
    shell.take_steps()
    moved = root.rename(root.with_name("moved"))
    dev.Venv(root=moved, run=shell, uv=None, python="python3", version="3.11.1").prepare("server")
    assert shell.take_steps() == WITH_PIP


def test_a_lost_interpreter_starts_over(venv, shell):
    """An environment whose Python was removed from the system is made again."""
    venv.prepare("server")
    shell.take_steps()
    Path(venv.tool("python")).unlink()
    venv.prepare("server")
    assert shell.take_steps() == WITH_PIP


@pytest.mark.parametrize("same", [True, False])
def test_an_environment_made_by_hand_is_kept_if_it_fits(venv, shell, same):
    """A .venv that dev.py did not make is added to if it belongs to the same interpreter."""
    for name in ("python", "pip"):
        Path(venv.tool(name)).parent.mkdir(parents=True, exist_ok=True)
        Path(venv.tool(name)).touch()
    (venv.folder / "pyvenv.cfg").write_text(
        f"home = /usr\nversion = {'3.11.1' if same else '3.9'}\n"
    )
    venv.prepare("server")
    assert shell.take_steps() == (WITH_PIP[2:] if same else WITH_PIP)


def test_uv_needs_no_pip(root, shell, posix):
    """With uv the environment gets no pip, which saves most of the time."""
    dev.Venv(root=root, run=shell, uv="/bin/uv", python="python3").prepare("server")
    assert shell.take_steps() == ["venv", "uv requirements.lock", "uv ."]


def test_pip_takes_over_from_uv(root, shell, posix):
    """Where uv fails, pip does the work."""
    shell.fails = {"uv requirements.lock": 2, "uv .": 2}
    dev.Venv(root=root, run=shell, uv="/bin/uv", python="python3").prepare("server")
    wanted = ["venv", "uv requirements.lock", "ensurepip", "pip requirements.lock", "uv .", "pip ."]
    assert shell.take_steps() == wanted


@pytest.mark.parametrize(("step", "word"), [("venv", "venv"), ("ensurepip", "ensurepip")])
def test_a_python_without_its_parts_is_told_what_to_install(venv, shell, step, word):
    """Debian packages parts of Python apart: the message names the part and the command."""
    shell.fails = {step: 1}
    with pytest.raises(dev.Abort, match=rf"{word}.*apt install python3\.\d+-venv"):
        venv.prepare("server")


def test_every_install_checks_hashes(root, posix):
    """Nothing is installed from a lock without its hash being checked."""
    commands = []

    def run(command):
        commands.append(command)
        Path(root, ".venv", "bin").mkdir(parents=True, exist_ok=True)
        return 0

    dev.Venv(root=root, run=run, uv=None, python="python3").prepare("tests")
    installs = [command for command in commands if "-r" in command]
    assert installs
    assert all("--require-hashes" in command for command in installs)


def test_one_at_a_time(root):
    """While one dev.py changes the environment, another waits for it."""
    order = []
    inside = threading.Event()
    blocked = threading.Event()

    def second():
        with (root / "dev.py").open("rb") as file:
            if not lock_file(file, wait=False):
                blocked.set()
        inside.wait()
        with dev.file_lock(root / "dev.py"):
            order.append("second")

    with dev.file_lock(root / "dev.py"):
        thread = threading.Thread(target=second)
        thread.start()
        assert blocked.wait(10)
        inside.set()
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


@pytest.mark.usefixtures("posix")
def test_an_install_left_behind_keeps_the_others_out(root):
    """When dev.py is killed in the middle, the installer that goes on still holds the lock."""
    wait = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with dev.file_lock(root / "dev.py"):
        left = subprocess.Popen(wait, stdin=subprocess.PIPE, close_fds=False)
    with (root / "dev.py").open("rb") as file:
        assert not lock_file(file, wait=False)
        left.communicate()
        assert lock_file(file, wait=False)


class Npm:
    """Stands where npm would run: keeps a list, writes what a build writes, may fail."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.steps: list[str] = []
        self.fails: set[str] = set()
        self.node_is_new = True
        self.during: Callable[[], object] = lambda: None

    def __call__(self, command: list[str]) -> int:
        if "-e" in command:
            return 0 if self.node_is_new else 1
        if command[-1] == dev.NODE_LOCK:
            self.steps.append("node")
            npm = self.root / ".venv" / "bin" / "npm"
            npm.parent.mkdir(parents=True, exist_ok=True)
            npm.touch()
            return 0
        step = command[3] if command[3] == "ci" else command[4]
        self.steps.append(step)
        if step in self.fails:
            return 1
        built = self.root / ("page/node_modules" if step == "ci" else "src/novelai/server/static")
        shutil.rmtree(built, ignore_errors=True)  # as `npm ci` and Vite do
        built.mkdir(parents=True)
        if step == "build":
            self.during()
        (built / "index.html").touch()
        return 0

    def take_steps(self) -> list[str]:
        steps, self.steps = self.steps, []
        return steps


@pytest.fixture
def npm(root):
    for name in ("package.json", "package-lock.json", "src/main.ts"):
        path = root / "page" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{name} as it was")
    return Npm(root)


@pytest.fixture
def web_page(root, npm, posix):
    venv = dev.Venv(root=root, run=npm, uv="uv", python="python3", version="3.11.1")
    return dev.Page(venv=venv, which=lambda name: f"/usr/bin/{name}")


def test_the_page_is_built_once(web_page, npm):
    """A first run installs and builds the page; a second finds it built."""
    web_page.prepare()
    assert npm.take_steps() == ["ci", "build"]
    web_page.prepare()
    assert npm.take_steps() == []


@pytest.mark.parametrize(
    ("name", "steps"),
    [("src/main.ts", ["build"]), ("src/new.ts", ["build"]), ("package-lock.json", ["ci", "build"])],
)
def test_a_change_of_the_page_is_built(web_page, npm, root, name, steps):
    """A changed source is built again; packages are installed only when their lock changed."""
    web_page.prepare()
    npm.take_steps()
    (root / "page" / name).write_text("changed")
    web_page.prepare()
    assert npm.take_steps() == steps


def test_a_change_during_a_build_is_built(web_page, npm, root):
    """What is saved while the page is built is in the next run's build."""
    npm.during = lambda: (root / "page/src/main.ts").write_text("saved meanwhile")
    web_page.prepare()
    npm.during = lambda: None
    npm.take_steps()
    web_page.prepare()
    assert npm.take_steps() == ["build"]
    web_page.prepare()
    assert npm.take_steps() == []


def test_a_page_that_was_deleted_is_built(web_page, npm, root):
    """Without the built files the page is built, whatever was written down."""
    web_page.prepare()
    npm.take_steps()
    (root / "src/novelai/server/static/index.html").unlink()
    web_page.prepare()
    assert npm.take_steps() == ["build"]


def test_a_build_that_failed_is_repeated(web_page, npm):
    """A build that fails stops the run, and the next run builds again."""
    npm.fails.add("build")
    with pytest.raises(dev.Abort, match="npm run build failed"):
        web_page.prepare()
    npm.fails.clear()
    npm.take_steps()
    web_page.prepare()
    assert npm.take_steps() == ["build"]


@pytest.mark.parametrize("system", ["none", "old"])
def test_a_machine_without_node_gets_one(web_page, npm, system, monkeypatch):
    """Without a new enough node on PATH the environment gets its own, once."""
    monkeypatch.setenv("PATH", "/usr/bin")
    npm.node_is_new = system != "old"
    which = (lambda name: None) if system == "none" else web_page.which
    page = dev.Page(venv=web_page.venv, which=which)
    page.prepare()
    assert npm.take_steps() == ["node", "ci", "build"]
    page.venv.root.joinpath("page/src/main.ts").write_text("changed")
    page.prepare()
    assert npm.take_steps() == ["build"]


def test_the_browser_is_the_one_that_is_named():
    """CHROMIUM names the browser of the tests; otherwise it is looked for on PATH."""
    assert dev.find_browser({"CHROMIUM": "/opt/chrome"}, lambda name: None) == "/opt/chrome"
    named = {"chromium-browser": "/usr/bin/chromium-browser"}
    assert dev.find_browser({}, named.get) == "/usr/bin/chromium-browser"
    named["chromium-headless-shell"] = "/usr/bin/chromium-headless-shell"
    assert dev.find_browser({}, named.get) == "/usr/bin/chromium-headless-shell"
    assert dev.find_browser({}, lambda name: None) is None


@pytest.mark.parametrize(("missing", "tries"), [(0, 1), (1, 2), (2, 2)])
def test_the_browser_is_one_that_the_archive_has(root, missing, tries):
    """An archive without the first browser gives the second; without any, none is there."""
    asked = []

    def run(command):
        if "install" not in command:
            return 0
        asked.append(command[command.index("install") + 1])
        return 100 if len(asked) <= missing else 0

    assert dev.install_browser(run) is (missing < tries)
    assert asked == list(dev.ARCHIVED[:tries])


@pytest.mark.parametrize(
    ("arguments", "environment", "wanted"),
    [
        ([], {}, ["serve", "--demo"]),
        ([], {"NOVELAI_API_KEY": ""}, ["serve", "--demo"]),
        ([], {"NOVELAI_API_KEY": "  "}, ["serve", "--demo"]),
        ([], {"NOVELAI_API_KEY": "pst-key"}, ["serve"]),
        (["--demo"], {}, ["serve", "--demo"]),
        (["--port", "0"], {}, ["serve", "--port", "0", "--demo"]),
    ],
)
def test_without_a_key_the_server_shows_itself(arguments, environment, wanted):
    """`serve` adds `--demo` exactly when there is no key and it was not asked for already."""
    assert dev.serve_arguments(arguments, environment) == wanted


def test_the_lowest_versions_are_those_of_the_package():
    """`lowest` asks for extras that exist, and runs tests that exist."""
    project = tomllib.loads((dev.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert set(dev.LOWEST_EXTRAS) <= project["optional-dependencies"].keys()
    folders = [dev.ROOT / name for name in dev.LOWEST_TESTS if name.startswith("tests/")]
    assert len(folders) == 3
    assert all(folder.is_dir() for folder in folders)


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["dance"], 2), (["--help"], 0)])
def test_an_unknown_command_is_answered_with_the_known(arguments, code):
    """Without a command that it knows, dev.py lists its commands and touches nothing."""
    command = [sys.executable, str(dev.ROOT / "dev.py"), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == code
    listed = done.stdout if code == 0 else done.stderr
    assert all(f"dev.py {name}" in listed for name in dev.COMMANDS)


@pytest.mark.parametrize("name", ["dev.py", "dev_venv.py"])
def test_standard_library_alone(name):
    """dev.py runs on a bare Python: every import of it is of the standard library."""
    tree = ast.parse((dev.ROOT / name).read_text("utf-8"))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module)
    own = {"dev_venv"}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names | own
