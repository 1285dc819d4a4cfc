"""``novelai catalogue``."""

import json

from novelai.cli.failures import failures
from novelai.cli.options import AsJson
from novelai.cli.talk import Talk

__all__ = ["catalogue"]


def catalogue(*, as_json: AsJson = False) -> None:
    """Print the table of image models in use, as JSON; --json puts it on one line. Works offline.

    NOVELAI_CATALOGUE may name a file that is used in place of the built-in table: print it, change
    a row or add one for a new model, and keep it there. It is checked when it is read.
    """
    from novelai.catalogue import catalogue_document

    talk = Talk(as_json=as_json)
    with failures(talk):
        document = catalogue_document()
        talk.record(document)
        talk.result(json.dumps(document, indent=1, ensure_ascii=False))
