"""The routes of the door."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response

from novelai.server.compat.openai.chat import chat
from novelai.server.compat.openai.completions import complete
from novelai.server.compat.openai.image_request import Operation
from novelai.server.compat.openai.images import draw
from novelai.server.compat.openai.listing import list_models, read_model
from novelai.server.compat.openai.responses.endpoint import respond
from novelai.server.compat.openai.speech import speak
from novelai.server.http.context import MakerContext, RequestContext
from novelai.server.model.problems import ProblemError

__all__ = ["openai_router"]

IMAGES: dict[str, Operation] = {
    "/images/generations": "generation",
    "/images/edits": "edit",
    "/images/variations": "variation",
}
ANSWERS: dict[str, Callable[[RequestContext], Awaitable[Response]]] = {
    "/chat/completions": chat,
    "/completions": complete,
    "/responses": respond,
    "/audio/speech": speak,
}
ROUTES = {**dict.fromkeys((*IMAGES, *ANSWERS), "POST"), "/models": "GET"}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def openai_router() -> APIRouter:
    """Build the router for clients of OpenAI."""
    router = APIRouter(prefix="/v1", include_in_schema=False)

    def pictures(path: str, operation: Operation) -> None:
        async def images(context: MakerContext) -> Response:
            return await draw(context, operation)

        router.add_api_route(path, images, methods=["POST"])

    for path, operation in IMAGES.items():
        pictures(path, operation)

    def answers(path: str, answer: Callable[[RequestContext], Awaitable[Response]]) -> None:
        async def asked(context: MakerContext) -> Response:
            return await answer(context)

        router.add_api_route(path, asked, methods=["POST"])

    for path, answer in ANSWERS.items():
        answers(path, answer)
    router.add_api_route("/models", list_models, methods=["GET"])
    router.add_api_route("/models/{model:path}", read_model, methods=["GET"])
    router.add_api_route("/{rest:path}", nothing, methods=METHODS)
    return router


async def nothing(request: Request, rest: str) -> Response:
    """There is nothing here. Some clients ask by ``OPTIONS`` whether there is."""
    allowed = ROUTES.get(f"/{rest}")
    if request.method == "OPTIONS":
        return Response(status_code=204, headers={"Allow": f"{allowed or 'GET, POST'}, OPTIONS"})
    if allowed is None:
        raise ProblemError(404, "unknown_url", "There is nothing at this address under /v1.")
    sentence = f"/v1/{rest} takes {allowed}."
    raise ProblemError(405, "method_not_allowed", sentence, headers={"Allow": allowed})
