"""Keep a character from another picture: precise reference.

Works on the V4.5 models and costs 5 Anlas for each reference and picture, on Opus too.
"""

from PIL import Image, ImageDraw

from novelai import NovelAI
from novelai.types import CharacterReference, GenerateImageParams

# Stands in for a picture of your own: instead of `hero` you can give a path such as "hero.png".
hero = Image.new("RGB", (832, 1216), "lavender")
draw = ImageDraw.Draw(hero)
draw.rectangle((266, 560, 566, 1216), fill="crimson")
draw.ellipse((266, 260, 566, 600), fill="peachpuff", outline="saddlebrown", width=40)

params = GenerateImageParams(
    prompt="1girl, reading in a library",
    model="nai-diffusion-4-5-full",
    character_references=[
        # type: "character" keeps who it is, "style" how it is drawn, "character&style" both.
        CharacterReference(image=hero, type="character", fidelity=0.9),
    ],
)
print(f"This will cost {params.calculate_anlas(is_opus=True).total_anlas} Anlas on Opus.")

with NovelAI() as client:
    client.image.generate(params)[0].save("02_references.png")
