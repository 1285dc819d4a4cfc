"""``novelai catalogue``."""

import json

from novelai.cli.failures import failures
from novelai.cli.talk import Talk

__all__ = ["catalogue"]


def catalogue() -> None:
    """Print the table of image models in use, as JSON. Works offline.

    NOVELAI_CATALOGUE may name a file that is used in place of the built-in table: print it, change
    a row or add one for a new model, and keep it there. It is checked when it is read.
    """
    from novelai.catalogue import catalogue_document

    with failures(Talk()):
        print(json.dumps(catalogue_document(), indent=1, ensure_ascii=False))
