"""Generate one picture and save it.

Set NOVELAI_API_KEY to your persistent token (pst-...), then: python examples/01_basic.py
"""

from novelai import NovelAI

with NovelAI() as client:
    # What is left out gets NovelAI's own defaults: V4.5 Full, 23 steps, its quality text.
    image = client.image.generate(prompt="1girl, cute, cat ears, maid", size="portrait")[0]

# The file is written as NovelAI made it, with the settings inside: drop it on novelai.net and
# they are read back. It is also a Pillow image; `image.resize(...)` and all the rest work.
image.save("01_basic.png")
print(f"01_basic.png: {image.width}x{image.height}, seed {image.seed}")
