"""AUTOMATIC1111's API, ``/sdapi/v1/...``: what most clients of image generators can speak.

request -> plan (what it comes to) -> job batch (a job for each picture) -> info (what is told)
"""

from fastapi import APIRouter

from novelai.server.compat.a1111 import extras, generation, lists, probes, progress

__all__ = ["a1111_router"]


def a1111_router() -> APIRouter:
    """Return the routes of this API."""
    router = APIRouter(include_in_schema=False)
    for part in (generation, lists, progress, extras, probes):
        router.include_router(part.router)
    return router
