"""What is typed into the page reaches NovelAI worded as on NovelAI's own page."""

from playwright.sync_api import Page, expect
from tests.as_the_web import MEDIUM, PROMPTS
from tests.web.test_mask import choose, drag, open_editor, with_base

NAMES = {
    "nai-diffusion-5-full": "NAI Diffusion V5 Full",
    MEDIUM: "NAI Diffusion V5 Full",
    "nai-diffusion-4-5-full": "NAI Diffusion V4.5 Full",
    "nai-diffusion-5-curated": "NAI Diffusion V5 Curated",
}


def choose_model(page: Page, model: str) -> None:
    page.get_by_role("combobox", name="Model").select_option(label=NAMES[model])
    if model == MEDIUM:
        page.get_by_role("radiogroup", name="Effort").get_by_text("Medium").click()


def test_prompts_are_worded_as_on_the_web(novelai, paying_site, visit):
    """Nothing is tidied, what is quoted is written by V5, and Medium sets its own steps."""
    page = visit(paying_site)
    for typed in PROMPTS:
        choose_model(page, typed.model)
        page.get_by_role("textbox", name="Prompt", exact=True).fill(typed.prompt)
        paying_site.made_by(page.get_by_role("button", name="Generate").click)
        sent = [one.body for one in novelai.requests if "action" in (one.body or {})][-1]
        assert (sent["input"], sent["model"]) == (typed.sent, typed.model)
        assert sent["parameters"]["steps"] == (14 if typed.model == MEDIUM else 23)


def test_v5_curated_inpaints_with_the_words_of_what_inpaints(novelai, paying_site, visit):
    """V4.5 Curated does the work: its id is sent, and its quality text."""
    page = visit(paying_site)
    choose_model(page, "nai-diffusion-5-curated")
    page.get_by_role("textbox", name="Prompt", exact=True).fill("1girl")
    with_base(page)
    editor = open_editor(page)
    choose(editor, "Rectangle")
    drag(page, (0.25, 0.25), (0.74, 0.49))
    editor.get_by_role("button", name="Use this mask").click()
    expect(page.get_by_text("Only what you painted is drawn anew.")).to_be_visible()
    paying_site.made_by(page.get_by_role("button", name="Generate").click)
    (sent,) = [one.body for one in novelai.requests if "action" in (one.body or {})]
    assert (sent["action"], sent["model"]) == ("infill", "nai-diffusion-4-5-curated-inpainting")
    words = "very aesthetic, masterpiece, no text, -0.8::feet::, rating:general"
    assert sent["input"] == f"1girl, {words}"
