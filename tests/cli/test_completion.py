"""What the shell offers, and the help that the documentation repeats."""

import pytest

from novelai.catalogue import image_models, size_presets
from novelai.cli import completion


@pytest.mark.parametrize(
    ("offer", "typed", "found"),
    [
        (
            completion.models,
            "nai-diffusion-5-f",
            {"nai-diffusion-5-full", "nai-diffusion-5-full-medium"},
        ),
        (completion.sizes, "small_", {"small_portrait", "small_landscape", "small_square"}),
        (completion.uc_presets, "fur", {"furry_focus"}),
        (completion.chat_models, "glm", {"glm-4-6"}),
        (completion.text_models, "k", {"kayra-v1"}),
        (completion.voices, "li", {"Ligeia", "Lim"}),
        (completion.emotions, "ha", {"happy"}),
    ],
)
def test_names_are_completed(offer, typed, found):
    """Tab offers the names that begin like what was typed, whatever their case."""
    assert set(offer(typed)) == found


def test_everything_is_offered_for_nothing():
    """Tab without a letter lists all."""
    assert completion.models("") == list(image_models())
    assert completion.sizes("") == list(size_presets())


def test_the_shell_gets_its_answers(run):
    """The way bash asks: through an environment variable."""
    ran = run(
        _NOVELAI_COMPLETE="complete_bash",
        COMP_WORDS="novelai generate --size wall",
        COMP_CWORD="3",
    )
    assert ran.lines == ["wallpaper_portrait", "wallpaper_landscape"]
