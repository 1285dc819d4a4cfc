"""What the web client of autumn 2026 would not send: remarks on a request, for the strict mode.

The service ignores most of it; pictures or prices may differ from the web page's all the same. The
rules were read from captured requests and from the client itself. They are a judge's own: nothing
here comes from a client that is judged. What is unknown gets no remark.
"""

from collections.abc import Iterator
from typing import Any

from novelai.emulator.models import MODELS
from novelai.emulator.recorder import Remark
from novelai.emulator.web_fields import FIELD_RULES
from novelai.emulator.web_request import Finding, WebRequest, as_object, as_text, unknown_fields
from novelai.emulator.web_texts import texts_of
from novelai.emulator.web_words import WORD_RULES

GENERATE = ("/ai/generate-image", "/ai/generate-image-stream")
OTHERS = {
    "/ai/upscale": "image model declared_blur_sigma",
    "/ai/augment-image": "req_type use_new_shared_trial prompt defry width height image",
    "/ai/encode-vibe": (
        "image model information_extracted mask crop_to_mask focus_seed info_extract_seed"
    ),
}
"""Fields of the other calls."""

_TOP = "input model action parameters use_new_shared_trial recaptcha_token"


def find_remarks(path: str, document: Any, request: int) -> list[Remark]:
    """Return what the web client would not have sent.

    Args:
        path: Of the call.
        document: Its decoded JSON body.
        request: Id of its record, for the remarks.
    """
    return [
        Remark(request=request, field=field, says=says)
        for field, says in _findings(path, as_object(document))
    ]


def _findings(path: str, document: dict[str, Any]) -> Iterator[Finding]:
    if path in OTHERS:
        yield from unknown_fields(document, OTHERS[path].split(), "")
    if path not in GENERATE:
        return
    yield from unknown_fields(document, _TOP.split(), "")
    model = MODELS.get(as_text(document.get("model")))
    texts = texts_of(model.id) if model else None
    if model is not None and texts is not None:
        seen = WebRequest(document, model, texts)
        for rule in (*FIELD_RULES, *WORD_RULES):
            yield from rule(seen)
