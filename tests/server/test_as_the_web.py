"""``GET /generate`` words and prices what it is asked for as the web client does."""

import pytest
from tests.as_the_web import ALONE, MEDIUM, MEDIUM_ANLAS, PROMPTS, Q

from novelai.pictures import GeneratedImage


@pytest.mark.parametrize("typed", PROMPTS)
def test_prompts_are_worded_as_on_the_web(visitor, typed):
    """Nothing is tidied, and what is quoted is written by V5."""
    query = {"prompt": typed.prompt, "model": typed.model, "size": "64x64", "seed": 1}
    answer = visitor.get("/generate", params=query)
    assert answer.status_code == 200, answer.text
    assert GeneratedImage(answer.content).metadata.comment["prompt"] == typed.sent


def test_characters_alone_suffice(visitor):
    """A job with an empty prompt and a character runs."""
    params = {**ALONE, "size": [64, 64]}
    job = visitor.post("/api/jobs", json={"params": params}, headers={"Prefer": "wait=30"}).json()
    assert job["state"] == "succeeded", job
    file = visitor.get(job["images"][0]["url"]).content
    assert GeneratedImage(file).metadata.comment["prompt"] == f", {Q}"


def test_medium_effort_costs_its_own(visitor):
    """17 Anlas without Opus, at 14 steps."""
    params = {"prompt": "a cat", "model": MEDIUM, "n_samples": 2}
    priced = visitor.post("/api/cost", json={"params": params}).json()
    assert priced["estimate"]["per_image_anlas"] == MEDIUM_ANLAS
    made = visitor.get("/generate", params={"prompt": "a cat", "model": MEDIUM, "size": "64x64"})
    assert GeneratedImage(made.content).metadata.comment["steps"] == 14
