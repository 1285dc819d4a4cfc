"""Many pictures: several samples in one call, then a list of prompts one after another."""

from novelai import InsufficientAnlasError, NovelAI

with NovelAI() as client:
    # One call, three pictures: sample i has the first seed plus i, so each can be made again.
    trio = client.image.generate(prompt="1girl, cat ears", size="small_square", n_samples=3, seed=7)
    for image in trio:
        image.save(f"05_seed_{image.seed}.png")

    # NovelAI runs one generation at a time for each account, so a plain loop is as fast as it gets.
    for place in ["beach", "library", "rooftop"]:
        try:
            images = client.image.generate(prompt=f"1girl, {place}", size="small_square")
            images[0].save(f"05_{place}.png")
        except InsufficientAnlasError as error:
            print(error)  # names the status and says that nothing was charged
            break
