"""Nai2API's API, which bots use, below ``/nai2api``: its own paths would meet ours."""

from novelai.server.compat.nai2api.endpoints import nai2api_router

__all__ = ["nai2api_router"]
