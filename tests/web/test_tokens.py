"""How many tokens the texts have stands beside them, counted as they will be sent."""

import re

import pytest
from playwright.sync_api import Page, expect

from novelai.types import GenerateImageParams

V5 = "nai-diffusion-5-full"
OVER = {
    "en-US": "tokens: the end is cut off",
    "ja-JP": "トークン：末尾が切れます",
    "zh-CN": "词元：末尾会被截断",
}


def field(page: Page, name: str = "Prompt"):
    return page.get_by_role("textbox", name=name, exact=True)


def meter(page: Page, name: str = "Prompt"):
    """Return what stands beside the label of a text."""
    return page.locator(".field").filter(has=field(page, name)).locator(".head span[title]")


def counts(**params):
    """Count with the library what the page is to show."""
    found = GenerateImageParams(**params).count_tokens()
    return found.prompt, found.negative_prompt


def shown(page: Page, **params) -> None:
    """Wait until the page shows what the library counts."""
    texts = counts(**params)
    for name, budget in zip(("Prompt", "Undesired content"), texts, strict=True):
        expect(meter(page, name)).to_have_text(f"{budget.tokens} / {budget.limit}")


def test_the_counts_follow_the_draft(site, visit):
    """Text, quality text, preset of undesired content and model count, each as it changes."""
    page = visit(site)
    page.get_by_text("More settings").click()
    prompt = "1girl, {silver hair}, 漢字"
    field(page).fill(prompt)
    field(page, "Undesired content").fill("hat")
    wanted = {"prompt": prompt, "negative_prompt": "hat"}
    shown(page, **wanted)
    page.get_by_label("Quality text").select_option("none")
    shown(page, **wanted, quality=False)
    page.get_by_label("Undesired content preset").select_option("none")
    shown(page, **wanted, quality=False, uc_preset="none")
    page.get_by_role("combobox", name="Model").select_option(V5)
    shown(page, **wanted, quality=False, uc_preset="none", model=V5)
    expect(meter(page)).to_contain_text("/ 1471")


def test_characters_share_the_limit(site, visit):
    """Each text shows its own count, the prompt also what all of them use together."""
    page = visit(site)
    field(page).fill("2girls")
    page.locator("summary", has_text="Characters").click()
    for n, prompt in enumerate(("girl, silver hair", "boy"), 1):
        page.get_by_role("button", name="Add a character").click()
        field(page, f"Prompt of character {n}").fill(prompt)
    characters = [{"prompt": "girl, silver hair"}, {"prompt": "boy"}]
    budget, negative = counts(prompt="2girls", characters=characters)
    expect(meter(page)).to_have_text(f"{budget.base.tokens} · {budget.tokens} / 512")
    for n, one in enumerate(budget.characters, 1):
        expect(meter(page, f"Prompt of character {n}")).to_have_text(str(one.tokens))
    shared = f"{negative.base.tokens} · {negative.tokens} / 512"
    expect(meter(page, "Undesired content")).to_have_text(shared)
    second = page.get_by_role("listitem", name="Character 2")
    second.get_by_role("switch", name="Use").uncheck()
    less = budget.tokens - budget.characters[1].tokens
    expect(meter(page)).to_have_text(f"{budget.base.tokens} · {less} / 512")
    expect(meter(page, "Prompt of character 2")).to_have_text("0")


@pytest.mark.parametrize("locale", OVER)
def test_what_is_cut_off_is_said(site, visit, locale):
    """Beyond the limit words stand there, in any language, and it can be ordered."""
    revision = site.api.get("/api/draft").json()["revision"]
    document = {"prompt": "cat, " * 300}
    site.api.put("/api/draft", json={"document": document, "revision": revision})
    page = visit(site, locale=locale)
    expect(page.get_by_text(OVER[locale])).to_contain_text(re.compile("610.*512|512.*610"))
    expect(page.locator(".generate").get_by_role("button")).to_be_enabled()


def test_typing_asks_when_it_rests(site, visit):
    """A person who types is not counted letter by letter; a slider changes no text."""
    page = visit(site)
    expect(meter(page)).to_be_visible()
    asked = []
    page.on("request", lambda one: asked.append(one) if "/api/tokens" in one.url else None)
    field(page).press_sequentially("1girl, silver hair, smile", delay=5)
    budget, _ = counts(prompt="1girl, silver hair, smile")
    expect(meter(page)).to_have_text(f"{budget.tokens} / 512")
    assert 1 <= len(asked) <= 3
    page.get_by_role("spinbutton", name="Steps").fill("12")
    with page.expect_response("**/api/cost"):
        page.get_by_role("spinbutton", name="Steps").fill("13")
    assert len(asked) <= 3
