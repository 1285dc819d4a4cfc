"""The ``--help`` blocks of the guide. Run this file to write them anew."""

import re
from pathlib import Path

from typer.testing import CliRunner

from novelai.cli.app import app

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "cli.md"
BLOCK = re.compile(
    r"^```text\n\$ novelai (?P<command>[a-z -]+) --help\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def names_of(app, *before: str) -> list[str]:
    """The commands of a program or a group, as they are typed."""
    own = [command.name or command.callback.__name__ for command in app.registered_commands]
    groups = [
        name
        for group in app.registered_groups
        for name in names_of(group.typer_instance, group.typer_instance.info.name)
    ]
    return [" ".join([*before, name]) for name in own] + groups


COMMANDS = names_of(app)


def help_of(command: str) -> str:
    """What a command says of itself in a terminal of 80 columns."""
    shown = CliRunner().invoke(app, [*command.split(), "--help"], env={"COLUMNS": "80"}).stdout
    return re.sub(r"[ \t]+$", "", shown, flags=re.MULTILINE)


def blocks() -> dict[str, str]:
    """The guide's blocks by command."""
    return {found["command"]: found["text"] for found in BLOCK.finditer(GUIDE.read_text("utf-8"))}


if __name__ == "__main__":
    GUIDE.write_text(
        BLOCK.sub(
            lambda found: (
                f"```text\n$ novelai {found['command']} --help\n{help_of(found['command'])}```"
            ),
            GUIDE.read_text("utf-8"),
        ),
        "utf-8",
    )
