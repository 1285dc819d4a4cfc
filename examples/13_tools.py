"""Change a finished picture: director tools, background removal, upscaling."""

from novelai import NovelAI
from novelai.types import BackgroundRemovalParams

with NovelAI() as client:
    client.image.generate(
        prompt="1girl, upper body, simple background", size="small_portrait", seed=13
    )[0].save("13_girl.png")

    # Each tool takes a picture and gives a list of pictures. Smaller ones are enlarged to about
    # a million pixels first, as on the web.
    client.tools.line_art("13_girl.png")[0].save("13_line_art.png")
    client.tools.emotion("13_girl.png", "happy", prompt="smile")[0].save("13_happy.png")
    client.tools.colorize("13_line_art.png", prompt="red hair", defry=1)[0].save("13_colours.png")

    # Removing a background costs Anlas on Opus too; the price is known before.
    wish = BackgroundRemovalParams(image="13_girl.png")
    print(f"Removing the background costs {wish.calculate_anlas(is_opus=True)} Anlas.")
    layers = client.tools.remove_background("13_girl.png")
    layers.masked.save("13_cut_out.png")

    # Twice as wide and high, for 1 to 4 Anlas.
    client.tools.upscale("13_girl.png")[0].save("13_large.png")
