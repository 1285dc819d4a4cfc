"""Start from a picture instead of from noise: image to image."""

from PIL import Image, ImageDraw

from novelai import NovelAI
from novelai.types import I2iParams

# Stands in for a sketch of your own; a path such as "sketch.png" does as well.
sketch = Image.new("RGB", (832, 1216), "skyblue")
draw = ImageDraw.Draw(sketch)
draw.rectangle((0, 850, 832, 1216), fill="seagreen")
draw.ellipse((500, 120, 720, 340), fill="gold")

with NovelAI() as client:
    # strength: how far to move away from the picture, 0.01 to 0.99. It scales the price as well.
    for strength in (0.3, 0.7):
        images = client.image.generate(
            prompt="hills, sea of grass, sun, detailed scenery",
            i2i=I2iParams(image=sketch, strength=strength),
            seed=42,
        )
        images[0].save(f"07_strength_{strength}.png")
