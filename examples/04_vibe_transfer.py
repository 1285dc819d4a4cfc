"""Carry the mood of one picture over to others: vibe transfer (V3, V4 and V4.5).

A picture is first encoded by NovelAI, once, for 2 Anlas. The client remembers encodings; keep the
bytes in a file and the next run of your program need not pay again either.
"""

from pathlib import Path

from PIL import Image

from novelai import NovelAI
from novelai.types import Vibe

# Stands in for a picture of your own: a glow from night to sunset.
sunset = Image.linear_gradient("L").convert("RGB").resize((640, 640))
sunset = Image.blend(sunset, Image.new("RGB", sunset.size, "orangered"), 0.6)

with NovelAI() as client:
    kept = Path("04_sunset.vibe")
    if not kept.exists():
        kept.write_bytes(client.image.encode_vibe(sunset, info_extracted=0.7))

    vibe = Vibe(encoding=kept.read_bytes(), strength=0.6)  # strength: -1 to 1
    for name, prompt in {"city": "city street, night", "forest": "forest, river"}.items():
        client.image.generate(prompt=prompt, vibes=[vibe])[0].save(f"04_vibe_{name}.png")
