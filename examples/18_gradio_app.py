"""A page of your own with Gradio: a prompt goes in, previews and the finished file come out.

pip install novelai-fastapi gradio
NOVELAI_API_KEY=pst-... python examples/18_gradio_app.py

Then open http://127.0.0.1:7860. Whoever can open it spends your Anlas: it listens to this machine
alone, and `launch(auth=...)` asks for a password.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from novelai import NovelAI, NovelAIError
from novelai.constants.sizes import PRESET_MAP, ImageSizePreset
from novelai.types import GenerateImageParams

if TYPE_CHECKING:
    import gradio

PICTURES = Path(mkdtemp(prefix="novelai-"))  # Gradio shows files of the temporary folder


@cache
def novelai() -> NovelAI:
    """Return the client of this program."""
    return NovelAI()


def tell_price(size: ImageSizePreset, steps: float) -> str:
    """Say what a picture costs, before anything is sent."""
    params = GenerateImageParams(prompt="any", size=size, steps=int(steps))
    price, on_opus = params.calculate_anlas(), params.calculate_anlas(is_opus=True)
    return f"{price.total_anlas} Anlas; {on_opus.total_anlas} with Opus"


def watch(prompt: str, size: ImageSizePreset, steps: float) -> Iterator[tuple[str | None, str]]:
    """Yield paths of pictures, each with a sentence: previews first, then the finished file."""
    shown: str | None = None
    try:
        with novelai().image.generate_stream(prompt=prompt, size=size, steps=int(steps)) as events:
            for event in events:
                if event.event_type == "intermediate":
                    path = PICTURES / f"preview-{event.step}.jpg"
                    path.write_bytes(event.data)
                    shown, sentence = str(path), f"Step {event.step} of {event.steps}"
                else:
                    # A path, not an image: Gradio would encode an image anew, without settings.
                    path = PICTURES / f"{event.picture.seed}.png"
                    event.picture.save(path)
                    shown, sentence = str(path), f"Seed {event.picture.seed}"
                yield shown, sentence
    except NovelAIError as error:
        yield shown, f"{error.message} (charged: {error.charged})"


def make_page() -> "gradio.Blocks":
    """Lay the page out. Gradio lets one caller in at a time, and shows the others their place."""
    import gradio

    page = gradio.Blocks(title="NovelAI")
    with page:
        prompt = gradio.Textbox(label="Prompt", value="1girl, cat ears, library")
        size = gradio.Dropdown(list(PRESET_MAP), value="portrait", label="Size")
        steps = gradio.Slider(1, 50, value=23, step=1, label="Steps")
        price = gradio.Markdown(tell_price("portrait", 23))
        button = gradio.Button("Draw")
        picture = gradio.Image(label="Picture", type="filepath", interactive=False)
        words = gradio.Markdown()
        for one in (size, steps):
            one.change(tell_price, [size, steps], price)
        button.click(watch, [prompt, size, steps], [picture, words])
    return page


if __name__ == "__main__":
    make_page().launch()
