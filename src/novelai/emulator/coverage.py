"""What is emulated and what is not: `python -m novelai.emulator.coverage` writes COVERAGE.md."""

import inspect
from pathlib import Path

from novelai.emulator.app import ROUTES
from novelai.emulator.models import MODELS
from novelai.emulator.text_models import TEXT_MODELS

PATH = Path(__file__).with_name("COVERAGE.md")

_FAITHFUL = (
    "Requests as JSON or as a multipart form; pictures by cache key; `INVALID_CACHE_KEYS`.",
    "The order of checks, statuses and texts of refusals; unknown parameters are ignored.",
    "A size off the grid fails while drawing: 500, or an `error` frame in a stream, uncharged.",
    "Models before V4 fail with `v4_prompt`; 402 tells what is required and what is available.",
    "ZIP (deflated; director tools stored), JSON with `Accept: application/json`, msgpack, SSE.",
    "Frames per stream, `gen_id`, `samp_ix`, `step_ix`; noise levels as captured for 23 steps.",
    "One generation per account; it survives a client that leaves, and is charged.",
    "Anlas: the price formula, Opus rules, fixed before purchased, the V5 allowance.",
    "Settings in PNG text, WebP EXIF and the alpha channel; `signed_hash` by its own key.",
    "`||a|b||` in prompts is decided by the seed and repeated in `actual_prompts`.",
    "img2img keeps the source by strength; infill changes what is outside the mask a little.",
    "Characters with positions stand where they were put; references tint the picture.",
    "Stories: text or packed tokens of 2 (Kayra) and 4 bytes (Erato); context and length by tier.",
    "Story streams end without a word; GLM is refused on `/ai/generate` (403).",
    "Chat asked for without a stream holds no text, unless `repaired_chat` is set.",
    "Chat contents that are lists are refused; stop texts that span tokens stay in the text.",
    "Speech is MP3, or WebM with Opus; GET and POST.",
    "`/user/*` on `api.novelai.net`, or with `old_host`, answers 400: go to the image host.",
)
_OURS = (
    "Pictures are drawn from words, seed and size. They show the request, not a model's skill.",
    "`Generation_time` is derived from the request, so that equal requests give equal files.",
    "Noise levels for step counts other than 23 and for other schedules follow the same curve.",
    "Some texts: forms without `request`, a second persistent token, unequal director lists, 404.",
    "A source, mask or size the service would refuse in words unknown to us is a plain 500.",
    "Of the two `Source` hashes of V5 Full, and of Medium, the second is the inpainting id's.",
    "Medium drains 58 % of what another V5 picture drains, as announced; neither was measured.",
    "In strict mode it remarks what the web client would not send, and answers all the same.",
    "In the settings: `strength`, `noise`, `extra_noise_seed` of img2img and infill.",
    "In the settings: the shape of `actual_prompts`; `model_name` and `model_hash` of V5.",
    "Precise references on models other than V4.5 are refused the way V5 refuses them.",
    "More than 150 steps or 8 samples, and bodies over 64 MiB, are refused.",
    "A picture that is really transparent carries its settings in text or EXIF only.",
    "Texts are made of sentences of our own, and of tokens whose numbers mean nothing.",
    "Pictures and texts share the one-generation lock; whether they do at the service is unknown.",
    "Speech is silent, and as long as reading the text takes. It takes no lock.",
    "Texts of refusals: contexts, ranges, missing fields and voices; 402 without a subscription.",
    "Any 64-character key signs in; a session token is signed by nobody.",
)
_MISSING = (
    "The models V1 and V2 beyond their ids; `nai-diffusion-xl`, `custom` and older ids.",
    "`/ai/annotate-image`.",
    "`/user/objects`, and writing key store or settings: encrypted stories, for sessions only.",
    "`/ai/trial-status`: counters for the web page only.",
    "`/ai/generate-prompt`, `/ai/classify`, `/ai/module/*`: of older models; perhaps gone.",
    "Clio and older story models: perhaps gone.",
    "Account care (register, recovery, deletion, Google sign-in, gift keys, plans): not for tools.",
    "`stop_sequences`, biases and bans of native texts; samplers; `min_length`; thinking.",
    "Trial pictures, gift keys, captchas, Cloudflare pages (script them as faults).",
    "The refill of the V5 allowance over time, and the grant of Anlas at renewal.",
    "Token limits: a long prompt is neither cut nor refused below 51 200 characters.",
    "Rate limits other than one generation at a time.",
    "Brotli for JSON answers; the emotion tool's refusal of faceless pictures.",
    "Upscaling keeps PNG text; EXIF of a WebP source is lost.",
)


_CONTROL = "`/_emulator/state`, `requests`, `remarks`, `script`, `account`, `reset`"


def coverage() -> str:
    """Return the text of COVERAGE.md."""
    routes = [
        f"| {method} | `{path}` | {_summary(inspect.getdoc(handler) or '')} |"
        for (method, path), handler in ROUTES.items()
    ]
    models = ", ".join(f"`{name}`" for name in MODELS)
    texts = ", ".join(f"`{name}`" for name in TEXT_MODELS)
    return "\n".join(
        [
            "# What the emulator does, and what it does not",
            "",
            "Written by `python -m novelai.emulator.coverage`; do not edit.",
            "Facts about the service are those observed until October 2026.",
            "",
            "| method | path | answer |",
            "|---|---|---|",
            *routes,
            f"| any | {_CONTROL} | Control. |",
            "",
            f"Models: {models}.",
            "",
            f"Text models: {texts}.",
            *_section("As the service does it", _FAITHFUL),
            *_section("In our own way", _OURS),
            *_section("Not emulated", _MISSING),
            "",
        ]
    )


def _summary(docstring: str) -> str:
    """Return the first line, without the route it may begin with."""
    line = docstring.splitlines()[0]
    _, colon, rest = line.partition(": ")
    return rest[:1].upper() + rest[1:] if colon else line


def _section(title: str, lines: tuple[str, ...]) -> list[str]:
    return ["", f"## {title}", "", *(f"- {line}" for line in lines)]


if __name__ == "__main__":
    PATH.write_text(coverage(), encoding="utf-8")
