"""``python -m novelai``: the command line."""

import sys

from novelai.cli import main


def with_command(words: list[str]) -> list[str]:
    """Put ``generate`` in front of a prompt that stands in place of a command.

    novelai-sdk's command line takes a prompt there. Only what cannot be a command is taken for
    one, so that no mistyped command is paid for: it holds a blank or a comma.
    """
    return ["generate", *words] if words and set(words[0]) & set(" ,") else words


if __name__ == "__main__":
    sys.argv[1:] = with_command(sys.argv[1:])
    main()
