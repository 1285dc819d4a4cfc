"""POST /ai/encode-vibe: a picture becomes a vibe encoding, for 2 Anlas on every tier."""

from anyio import to_thread

from novelai.emulator.anlas import ENCODE_VIBE
from novelai.emulator.answer import Answer
from novelai.emulator.errors import Refusal, internal_error
from novelai.emulator.exchange import Exchange
from novelai.emulator.fields import Fields
from novelai.emulator.validation import find_model
from novelai.emulator.vibes import encode, file_name


async def encode_vibe(exchange: Exchange) -> Answer:
    """Encode the picture in the body."""
    account = exchange.account()
    body = await exchange.body()
    fields = Fields.of("EncodeVibeRequest", body.document)
    value = fields.string("image")
    information = fields.number("information_extracted", 1.0)
    if not value:
        raise Refusal(400, "Error verifying request: image is required")
    model = find_model(fields.string("model"))
    if not model.modern:
        raise Refusal(400, "This model does not support vibe transfer through this endpoint")
    if model.family == "v5":
        raise internal_error()
    image = body.binary("image", value)
    encoding = await to_thread.run_sync(lambda: encode(image, model.id, information))
    account.afford(ENCODE_VIBE)
    exchange.world.charge(account, ENCODE_VIBE)
    exchange.record.anlas_spent = ENCODE_VIBE
    exchange.record.completed = True
    return Answer(
        content_type="application/binary",
        body=encoding,
        headers={"content-disposition": f"attachment; filename={file_name(image)}"},
        known_length=False,
    )
