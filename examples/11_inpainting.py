"""Repaint a part of a picture: inpainting."""

from PIL import Image, ImageDraw

from novelai import NovelAI
from novelai.types import InpaintParams

with NovelAI() as client:
    picture = client.image.generate(prompt="1girl, smile, park", size="portrait", seed=3)[0]
    picture.save("11_before.png")

    # White is painted anew. The size is that of the picture; edges may lie anywhere: a cell of the
    # 8-pixel grid the model works on counts as soon as any of its pixels is white.
    mask = Image.new("L", picture.size, "black")
    ImageDraw.Draw(mask).ellipse((216, 120, 616, 420), fill="white")

    images = client.image.generate(
        prompt="1girl, smile, park, straw hat",
        inpaint=InpaintParams(image=picture, mask=mask),
    )
    # Laid over the picture, which stays exactly what it was 72 pixels further on. What NovelAI
    # sent, a little different everywhere, is in images[0].received.
    images[0].save("11_after.png")
