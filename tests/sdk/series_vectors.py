"""Vectors of templates and series, and the library that they name."""

import json
import os
from pathlib import Path

from novelai.templates import Entry

NAMED = os.environ.get("NOVELAI_SERIES_VECTORS")
"""A file, or a folder with one of the name below; by default the project's own copy."""

PLACE = Path(NAMED) if NAMED else Path(__file__).parent.parent / "data"
FILE = PLACE / "series-vectors.json" if PLACE.is_dir() else PLACE
VECTORS = json.loads(FILE.read_text("utf-8"))
ENTRIES = [
    Entry(entry["name"], entry["text"], entry["kind"], entry.get("negative", ""))
    for entry in VECTORS["library"]
]
