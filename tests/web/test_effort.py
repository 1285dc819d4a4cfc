"""Effort: V5 Full in two strengths, and what the lesser sets by itself."""

import pytest
from playwright.sync_api import Page, expect
from tests.web.sites import eventually

MEDIUM, HIGH = "nai-diffusion-5-full-medium", "nai-diffusion-5-full"


@pytest.fixture
def v5(site, visit) -> Page:
    """The form with V5 Full chosen, and its settings folded out."""
    page = visit(site)
    page.get_by_role("combobox", name="Model").select_option(label="NAI Diffusion V5 Full")
    page.get_by_text("More settings").click()
    expect(page.get_by_role("combobox", name="Sampler")).to_be_visible()
    return page


def effort(page: Page, name: str):
    return page.get_by_role("radiogroup", name="Effort").get_by_text(name, exact=True)


def test_v5_full_is_listed_once_with_a_switch_beside_it(v5):
    """As on NovelAI's page; other models have none."""
    models = v5.get_by_role("combobox", name="Model")
    names = models.locator("option").all_inner_texts()
    assert names.count("NAI Diffusion V5 Full") == 1
    assert not [name for name in names if "Medium" in name]
    expect(v5.get_by_role("radio", name="High")).to_be_checked()
    models.select_option(label="NAI Diffusion V4.5 Full")
    expect(v5.get_by_role("radiogroup", name="Effort")).to_be_hidden()


def test_each_effort_keeps_its_own(site, v5):
    """Medium's values are shown and cannot be changed; High's come back, the rest stays."""
    steps = v5.get_by_role("spinbutton", name="Steps")
    steps.fill("31")
    v5.get_by_role("combobox", name="Sampler").select_option("k_euler")
    v5.get_by_role("combobox", name="Undesired content preset").select_option("light")
    negative = v5.get_by_role("textbox", name="Undesired content", exact=True)
    negative.fill("blurry")
    effort(v5, "Medium").click()
    expect(steps).to_have_value("14")
    for field in (
        steps,
        negative,
        v5.get_by_role("combobox", name="Sampler"),
        v5.get_by_role("combobox", name="Undesired content preset"),
        v5.get_by_role("spinbutton", name="Guidance rescale"),
    ):
        expect(field).to_be_disabled()
    expect(v5.get_by_role("combobox", name="Model")).to_have_value(HIGH)
    v5.get_by_role("spinbutton", name="Guidance", exact=True).fill("6.5")
    eventually(lambda: site.draft().get("model") == MEDIUM, "the draft is saved")
    effort(v5, "High").click()
    expect(steps).to_have_value("31")
    expect(v5.get_by_role("combobox", name="Sampler")).to_have_value("k_euler")
    expect(v5.get_by_role("combobox", name="Undesired content preset")).to_have_value("light")
    expect(negative).to_have_value("blurry")
    expect(v5.get_by_role("spinbutton", name="Guidance", exact=True)).to_have_value("6.5")


def test_medium_is_ordered_as_it_is(site, v5):
    """The order names the model, and nothing of what it sets by itself."""
    site.pause()
    effort(v5, "Medium").click()
    v5.get_by_role("textbox", name="Prompt", exact=True).fill("a cat")
    v5.keyboard.press("Control+Enter")
    job = eventually(lambda: site.jobs("queued"), "the order")[0]
    assert (job["params"]["model"], job["params"]["steps"]) == (MEDIUM, 14)


def test_furry_mode(site, v5):
    """A switch of models from V4 on."""
    site.pause()
    v5.get_by_role("switch", name="Furry mode").click()
    v5.get_by_role("textbox", name="Prompt", exact=True).fill("a fox")
    v5.keyboard.press("Control+Enter")
    job = eventually(lambda: site.jobs("queued"), "the order")[0]
    assert job["params"]["furry"] is True
