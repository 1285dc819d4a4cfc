"""The ASGI application: every route on one screen."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from novelai.emulator import native_text, openai_text, session, user
from novelai.emulator.answer import Answer, json_answer
from novelai.emulator.augment import augment_image
from novelai.emulator.control import control_routes
from novelai.emulator.edge import Edge, Handler
from novelai.emulator.encode_vibe import encode_vibe
from novelai.emulator.errors import Refusal
from novelai.emulator.exchange import Exchange
from novelai.emulator.images import generate_image, generate_image_stream
from novelai.emulator.moved import unless_moved
from novelai.emulator.tags import suggest_tags
from novelai.emulator.upscale import upscale
from novelai.emulator.voice import generate_voice, generate_voice_query
from novelai.emulator.world import World


async def home(exchange: Exchange) -> Answer:
    """GET /: says what this is."""
    del exchange
    return json_answer(
        {"name": "novelai.emulator", "note": "Pictures are drawn, not diffused. Not NovelAI."}
    )


async def not_found(exchange: Exchange) -> Answer:
    """Anything else."""
    del exchange
    raise Refusal(404, "Not Found")


ROUTES: dict[tuple[str, str], Handler] = {
    ("GET", "/"): home,
    ("POST", "/ai/generate-image"): generate_image,
    ("POST", "/ai/generate-image-stream"): generate_image_stream,
    ("POST", "/ai/encode-vibe"): encode_vibe,
    ("POST", "/ai/augment-image"): augment_image,
    ("POST", "/ai/upscale"): upscale,
    ("GET", "/ai/generate-image/suggest-tags"): suggest_tags,
    ("POST", "/ai/generate"): native_text.generate,
    ("POST", "/ai/generate-stream"): native_text.generate_stream,
    ("POST", "/oa/v1/chat/completions"): openai_text.chat,
    ("POST", "/oa/v1/completions"): openai_text.completions,
    ("GET", "/oa/v1/models"): openai_text.models,
    ("POST", "/oa/v1/internal/token-count"): openai_text.count_tokens,
    ("POST", "/ai/generate-voice"): generate_voice,
    ("GET", "/ai/generate-voice"): generate_voice_query,
    ("POST", "/user/login"): session.login,
    ("POST", "/user/create-persistent-token"): session.create_persistent_token,
    ("GET", "/user/subscription"): user.subscription,
    ("GET", "/user/data"): user.data,
    ("GET", "/user/information"): user.information,
    ("GET", "/user/priority"): user.priority,
    ("GET", "/user/giftkeys"): session.gift_keys,
    ("GET", "/user/clientsettings"): session.client_settings,
    ("GET", "/user/keystore"): session.key_store,
}
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def create_app(world: World, reset: Callable[[], None]) -> Starlette:
    """Build the application.

    Args:
        world: The state it serves.
        reset: Called by the control API to start from nothing.
    """
    routes = [
        Route(path, Edge(world, unless_moved(path, handler)), methods=[method])
        for (method, path), handler in ROUTES.items()
    ]
    catch_all = Route("/{path:path}", Edge(world, not_found), methods=METHODS)
    # Browsers may call the service from any page; its answers say so.
    cors = Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])
    return Starlette(routes=[*control_routes(world, reset), *routes, catch_all], middleware=[cors])
