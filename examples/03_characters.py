"""Several characters, each with a prompt and a place of its own (V4 and later)."""

from novelai import NovelAI
from novelai.types import Character, GenerateImageParams

params = GenerateImageParams(
    # The main prompt describes the scene and how many people are in it.
    prompt="2girls, garden, tea party, sunny day",
    size="landscape",
    characters=[
        # A cell of a 5x5 grid: column A to E from the left, row 1 to 5 from the top.
        Character(prompt="girl, red hair, white dress, smile", position="B3"),
        # Or x and y from 0 to 1, and what to keep away from this character alone.
        Character(prompt="girl, blue hair, suit", negative_prompt="hat", position=(0.7, 0.5)),
    ],
)

with NovelAI() as client:
    client.image.generate(params)[0].save("03_characters.png")
