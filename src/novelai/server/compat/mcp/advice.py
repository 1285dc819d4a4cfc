"""The tools that tell what there is, and what it costs. They cost nothing."""

import json
from typing import Annotated, Any

from mcp_types import CallToolResult, ToolAnnotations
from pydantic import Field

from novelai.catalogue import model_spec
from novelai.server.accounts.schemas import account_view
from novelai.server.compat.mcp.arguments import (
    References,
    Size,
    Steps,
    Vibes,
    drawing,
    image_field,
    tool_fields,
)
from novelai.server.compat.mcp.content import text_content
from novelai.server.compat.mcp.context import ContextOf, ToolContext
from novelai.server.compat.mcp.gallery import LOOKS
from novelai.server.compat.mcp.tools import Tools
from novelai.server.compat.mcp.words import in_words
from novelai.server.http.dependencies import require_scope
from novelai.server.keys.schemas import key_view
from novelai.server.model.key import default_model, list_allowed_models
from novelai.server.model.params import JobKind

__all__ = ["add_advice"]

ASKS = ToolAnnotations(read_only_hint=True, open_world_hint=True)


def add_advice(tools: Tools, context_of: ContextOf) -> None:
    """Add these tools."""

    @tools.add("Estimate the cost", LOOKS)
    async def estimate_cost(
        context: ToolContext,
        *,
        kind: Annotated[JobKind, Field(description="What would be done.")] = "generate",
        model: str | None = None,
        size: Size = None,
        steps: Steps = None,
        image: Annotated[
            str | None, Field(description="The picture it starts from, where it needs one.")
        ] = None,
        tool: Annotated[str | None, Field(description="Of director_tool.")] = None,
        strength: float | None = None,
        vibes: Vibes = None,
        character_references: References = None,
    ) -> CallToolResult:
        """Tell what a job would cost, in Anlas, without doing it. Costs nothing."""
        params: dict[str, Any] = {"image": image_field(image)} if image is not None else {}
        if kind == "generate":
            params = drawing(
                prompt="price",
                model=model,
                size=size,
                steps=steps,
                vibes=vibes,
                character_references=character_references,
            )
            if image is not None:
                source = {"image": image_field(image), "strength": strength}
                params["i2i"] = {name: one for name, one in source.items() if one is not None}
        elif kind == "tool" and tool is not None:
            params |= tool_fields(tool)
            if tool == "emotion":  # it needs one, and each costs the same
                params["emotion"] = "neutral"
        given = {name: value for name, value in params.items() if value is not None}
        caller = context_of(context)
        with in_words():
            read = await caller.services.params.read(caller.key, kind, given)
            cost = await caller.services.costs.cost(caller.key, read)
            price = "unknown" if cost.anlas is None else f"at most {cost.anlas} Anlas"
            balance = None if cost.balance is None else f"The account has {cost.balance} Anlas."
            return CallToolResult(
                content=[text_content(f"Price: {price}.", balance, *cost.warnings)]
            )

    @tools.add("Account and limits", ASKS)
    async def account_status(context: ToolContext) -> CallToolResult:
        """Tell the NovelAI balance and subscription, and what this key may spend. Costs nothing."""
        caller = context_of(context)
        with in_words():
            require_scope(caller.key, "read")
            snapshot = await caller.services.queries.snapshot(caller.key)
            accounts = [
                account_view(account, snapshot.now).model_dump(
                    include={"label", "enabled", "anlas", "tier_name", "allowance"}
                )
                for account in snapshot.accounts
            ]
            limits = key_view(caller.key).model_dump(
                include={
                    "name", "scopes", "models", "free_only", "budget_job", "budget_day",
                    "budget_week", "budget_month", "allowance_month",
                }
            )  # fmt: skip
            told = {"accounts": accounts, "limits": limits, "waiting": snapshot.waiting}
            return CallToolResult(content=[text_content(json.dumps(told, ensure_ascii=False))])

    @tools.add("List the models", LOOKS)
    async def list_models(context: ToolContext) -> CallToolResult:
        """List the picture models with what they can do. Costs nothing."""
        key = context_of(context).key
        lines = [
            f"{spec.id}: {spec.name}; characters {spec.characters}, "
            f"inpainting {'yes' if spec.inpainting else 'no'}, "
            f"vibes {'yes' if spec.vibes else 'no'}, "
            f"character_references {'yes' if spec.references else 'no'}, "
            f"transparent background {'yes' if spec.transparency else 'no'}; "
            f"samplers {', '.join(spec.samplers)}; presets {', '.join(spec.uc)}"
            for spec in map(model_spec, list_allowed_models(key))
        ]
        usual = f"Without a model: {default_model(key)}."
        return CallToolResult(content=[text_content(*lines, usual)])
