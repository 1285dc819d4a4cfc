"""Vibes and precise references: what is taken from other pictures, and what it costs."""

import base64
import json

from playwright.sync_api import Page, expect
from tests.web.drawings import a_file, drawing, drop


def opened(visit, site) -> Page:
    page = visit(site)
    page.locator("summary", has_text="Vibes and references").click()
    return page


def picker(page: Page, name: str):
    return page.get_by_role("group", name=name)


def choose(page: Page, name: str, file) -> None:
    picker(page, name).get_by_label(name).set_input_files(file)


def order(site, page: Page):
    page.get_by_role("textbox", name="Prompt", exact=True).fill("1girl, borrowed mood")
    return site.made_by(page.get_by_role("button", name="Generate").click)


def set_slider(card, name: str, value: str) -> None:
    card.get_by_role("spinbutton", name=name).fill(value)


def test_a_vibe_is_encoded_once(novelai, paying_site, visit):
    """A picture's first use shows the price of its encoding; the stored one is used for nothing."""
    page = opened(visit, paying_site)
    choose(page, "Vibes", a_file(drawing()))
    card = page.get_by_role("listitem", name="Vibe 1")
    expect(card).to_contain_text("2 Anlas once")
    set_slider(card, "Information extracted", "0.5")
    set_slider(card, "Strength", "0.4")
    job = order(paying_site, page)
    assert job["params"]["vibes"][0]["strength"] == 0.4
    assert sum("encode-vibe" in one.path for one in novelai.requests) == 1
    page.reload()
    page.locator("summary", has_text="Vibes and references").click()
    expect(card).to_contain_text("Encoded already")
    page.get_by_role("button", name="Remove: Vibe 1").click()
    page.get_by_role("button", name="Stored vibes").click()
    page.get_by_role("dialog").get_by_role("button", name="Encoded with 0.5").first.click()
    expect(page.get_by_role("listitem").filter(has_text="Encoded already")).to_be_visible()
    paying_site.made_by(page.get_by_role("button", name="Generate").click)
    assert sum("encode-vibe" in one.path for one in novelai.requests) == 1


def test_a_vibe_file(site, visit):
    """A vibe file of NovelAI's page brings its picture, its name and how it was used."""
    vibe = {
        "identifier": "novelai-vibe-transfer",
        "version": 1,
        "type": "image",
        "name": "rainy evening",
        "image": base64.b64encode(drawing()).decode(),
        "encodings": {},
        "importInfo": {"information_extracted": 0.3, "strength": 0.2},
    }
    page = opened(visit, site)
    choose(page, "Vibes", a_file(json.dumps(vibe).encode(), "rain.naiv4vibe", ""))
    card = page.get_by_role("listitem", name="rainy evening")
    expect(card.get_by_role("spinbutton", name="Strength")).to_have_value("0.2")
    expect(card.get_by_role("spinbutton", name="Information extracted")).to_have_value("0.3")
    choose(page, "Vibes", a_file(b"{}", "other.naiv4vibe", ""))
    expect(page.get_by_text("This is no vibe file that can be read.")).to_be_visible()


def test_a_precise_reference(site, visit):
    """What to keep, how strongly and how exactly is ordered; each costs 5 Anlas and says so."""
    page = opened(visit, site)
    drop(picker(page, "Precise references"), drawing())
    card = page.get_by_role("listitem", name="Reference 1")
    expect(card).to_contain_text("5 Anlas for each picture")
    card.get_by_role("combobox", name="What to keep").select_option("Style")
    set_slider(card, "Strength", "0.8")
    set_slider(card, "Fidelity", "0.6")
    expect(page.get_by_role("button", name="Generate")).to_contain_text("5 Anlas")
    [reference] = order(site, page)["params"]["character_references"]
    kept = {name: reference[name] for name in ("type", "strength", "fidelity")}
    assert kept == {"type": "style", "strength": 0.8, "fidelity": 0.6}


def test_what_does_not_go_together(site, visit, watch):
    """The page says that vibes and precise references exclude each other, until one is off."""
    watch.expected.append("status of 422")
    page = opened(visit, site)
    drop(picker(page, "Vibes"), drawing())
    drop(picker(page, "Precise references"), drawing())
    warning = page.get_by_text("does not take vibes together with precise references")
    expect(warning).to_be_visible()
    page.get_by_role("listitem", name="Vibe 1").get_by_role("switch", name="Use").uncheck()
    expect(warning).to_be_hidden()


def test_only_what_the_model_takes(site, visit):
    """V5 takes neither: the section is not there, and comes back with V4.5."""
    page = visit(site)
    section = page.locator("summary", has_text="Vibes and references")
    page.get_by_role("combobox", name="Model").select_option("NAI Diffusion V5 Full")
    expect(section).to_be_hidden()
    page.get_by_role("combobox", name="Model").select_option("NAI Diffusion V4.5 Full")
    expect(section).to_be_visible()
