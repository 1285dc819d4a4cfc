"""``python -m novelai``: the command line."""

from novelai.cli import main

if __name__ == "__main__":
    main()
