r"""Templates: prompts with choices and names in them, and the rolls that make texts of them.

```python
from novelai.templates import Entry, Library, expand

library = Library([Entry("hair", "red hair\n3x black hair\nsilver hair")])
roll = expand({"prompt": "1girl, __hair__, <smile|grin|>"}, library, roll_seed=7)
roll.texts["prompt"], roll.picks
```

``<red|blue>`` is a choice, ``__hair__`` a line of a list or the text of a snippet; everything else
is text and comes back as it is, NovelAI's own signs before all. Nothing here is sent or costs
Anlas, and nobody's prompt is a template unless it is given to `expand`.
"""

from novelai.templates.fields import read_texts, write_texts
from novelai.templates.grammar import Choice, Name, Option, Options, Part, Take, Template, parse
from novelai.templates.library import Entry, Library
from novelai.templates.rolls import Mode, Pick, Roll, draw, expand

__all__ = [
    "Choice",
    "Entry",
    "Library",
    "Mode",
    "Name",
    "Option",
    "Options",
    "Part",
    "Pick",
    "Roll",
    "Take",
    "Template",
    "draw",
    "expand",
    "parse",
    "read_texts",
    "write_texts",
]
