"""``novelai generate``."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from novelai.cli.completion import models, sizes, uc_presets
from novelai.cli.failures import failures
from novelai.cli.options import (
    AsJson,
    AskAccount,
    MaxWait,
    OnlyCost,
    OutputFolder,
    Pause,
    Quiet,
)
from novelai.cli.output import Output
from novelai.cli.reading import read_texts
from novelai.cli.talk import Talk

__all__ = ["generate"]

SUFFIXES = frozenset({".png", ".webp"})


def generate(
    prompts: Annotated[
        list[str] | None,
        typer.Argument(metavar="PROMPT", help="One or more; - reads standard input."),
    ] = None,
    *,
    prompt_file: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A prompt from a file, UTF-8 or UTF-16; repeatable."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            metavar="ID",
            autocompletion=models,
            help="Model id; nai-diffusion-4-5-full by default.",
        ),
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(
            "--size",
            "-s",
            metavar="NAME|WxH",
            autocompletion=sizes,
            help="A name or width and height in pixels, multiples of 64; portrait (832x1216) by "
            "default, with --i2i the picture's own shape.",
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="0 to 4294967295; drawn by default.")] = None,
    steps: Annotated[int | None, typer.Option(help="1 to 50; 23 by default.")] = None,
    scale: Annotated[
        float | None, typer.Option(help="Prompt guidance; the model's own by default.")
    ] = None,
    sampler: Annotated[str | None, typer.Option(metavar="NAME", help="Sampler.")] = None,
    count: Annotated[
        int, typer.Option("--count", "-n", min=1, max=100, help="Pictures of each prompt.")
    ] = 1,
    negative: Annotated[str | None, typer.Option(metavar="TEXT", help="What to avoid.")] = None,
    no_quality: Annotated[
        bool, typer.Option("--no-quality", help="Leave the model's quality text out.")
    ] = False,
    uc: Annotated[
        str | None,
        typer.Option(
            metavar="PRESET", autocompletion=uc_presets, help="Preset of undesired content."
        ),
    ] = None,
    i2i: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, metavar="FILE", help="Start from this picture."),
    ] = None,
    strength: Annotated[
        float | None,
        typer.Option(help="How far to move away from it; 0.01 to 0.99 (1 inpainting)."),
    ] = None,
    noise: Annotated[float | None, typer.Option(help="Noise added to it first; 0 to 0.99.")] = None,
    mask: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            metavar="FILE",
            help="Repaint only what is white here, of the --i2i picture.",
        ),
    ] = None,
    vibe: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE[:STRENGTH[:INFO]]",
            help="Vibe transfer, from a picture or a .naiv4vibe file; repeatable.",
        ),
    ] = None,
    reference: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE[:TYPE]",
            help="Precise reference: character, style or character&style; repeatable.",
        ),
    ] = None,
    character: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PROMPT[@C3]", help="A character and its place, A1 to E5 or x,y; repeatable."
        ),
    ] = None,
    wildcards: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            metavar="FOLDER",
            help="Expand <a|b> and __name__ with the .txt lists in it.",
        ),
    ] = None,
    roll_seed: Annotated[
        int | None,
        typer.Option(min=0, max=4294967295, help="Which picks; drawn by default."),
    ] = None,
    prompts_file: Annotated[
        Path | None,
        typer.Option(
            "--prompts",
            metavar="FILE",
            help="A series: a prompt a line, or of a .jsonl file its fields.",
        ),
    ] = None,
    sweep: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=VALUES",
            help="What varies, as steps=20,28, tags=smile or list=NAME; repeatable: X, Y and Z.",
        ),
    ] = None,
    repeat: Annotated[
        int | None, typer.Option(min=1, help="Do all of it so often, each time rolled anew.")
    ] = None,
    shuffle: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A list gives all lines before one again; repeatable."),
    ] = None,
    in_order: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A list gives its lines in order; repeatable."),
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show all cells and the price, and send nothing.")
    ] = False,
    max_anlas: Annotated[
        int | None, typer.Option(min=0, metavar="ANLAS", help="Accept so much; the rest is cut.")
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Go on with the series in this file, which a series keeps as series.jsonl.",
        ),
    ] = None,
    again_uncertain: Annotated[
        bool,
        typer.Option("--again-uncertain", help="Draw again what may have been charged, too."),
    ] = False,
    variety: Annotated[bool, typer.Option("--variety", help="Variety+.")] = False,
    transparent: Annotated[
        bool, typer.Option("--transparent", help="Transparent background (V5).")
    ] = False,
    furry: Annotated[
        bool, typer.Option("--furry", help="Furry mode: the fur data set (V4 and later).")
    ] = False,
    format: Annotated[
        Literal["png", "webp"] | None, typer.Option(help="png by default, or as --output ends.")
    ] = None,
    output: OutputFolder = None,
    one_by_one: Annotated[
        bool, typer.Option("--one-by-one", help="One call for each picture of --count.")
    ] = False,
    stream: Annotated[
        bool | None,
        typer.Option("--stream/--no-stream", help="Watch the steps; on in a terminal."),
    ] = None,
    max_wait: MaxWait = 120,
    pause: Pause = 1,
    cost: OnlyCost = False,
    account: AskAccount = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Generate pictures and print where they are.

    Files are named after prompt and seed; an existing file is never overwritten. Calls are made
    one after another, as NovelAI asks. Without --account or --json, prices are those without Opus.

    A series is made by --prompts, --sweep, --repeat, --shuffle, --in-order, --plan, --max-anlas
    and --resume: every text is a template then, files are numbered, and each step is written into
    series.jsonl beside them, from which it goes on.
    """
    from novelai.cli.series_options import SeriesOptions
    from novelai.cli.studio import Order, work

    talk = Talk(quiet=quiet, as_json=as_json)
    place = Output(output, SUFFIXES)
    chosen = format or (place.suffix or "").removeprefix(".") or None
    if place.suffix and place.suffix != f".{chosen}":
        raise typer.BadParameter(
            f"is {chosen}, but --output ends in {place.suffix}", param_hint="--format"
        )
    fields: dict[str, Any] = {
        "model": model,
        "size": size,
        "seed": seed,
        "steps": steps,
        "scale": scale,
        "sampler": sampler,
        "negative_prompt": negative,
        "quality": False if no_quality else None,
        "uc_preset": uc,
        "variety_boost": variety or None,
        "transparent_background": transparent or None,
        "furry": furry or None,
        "image_format": chosen,
    }
    series = SeriesOptions(
        prompts=prompts_file,
        sweeps=tuple(sweep or ()),
        repeat=repeat,
        shuffle=tuple(shuffle or ()),
        in_order=tuple(in_order or ()),
        plan=plan,
        max_anlas=max_anlas,
        resume=resume,
        again_uncertain=again_uncertain,
    )
    texts: list[str] = []
    if prompts or prompt_file or not (prompts_file or resume):
        with failures(talk):
            texts = read_texts(prompts or [], prompt_file or [], "PROMPT")
    order = Order(
        prompts=texts,
        fields={name: value for name, value in fields.items() if value is not None},
        picture=i2i,
        mask=mask,
        strength=strength,
        noise=noise,
        vibes=vibe or [],
        references=reference or [],
        characters=character or [],
        count=count,
        one_by_one=one_by_one,
        wildcards=wildcards,
        roll_seed=roll_seed,
    )
    if series.given:
        series.refuse_beside(
            {
                "--count": count != 1 or one_by_one,
                "--cost": cost,
                "--stream": stream is not None,
                "--output": place.file is not None,
            }
        )
        from novelai.cli.series import work_on_series

        whole = None if series.is_alone(order) else order
        work_on_series(
            whole, series, talk, place, max_wait=max_wait, pause=pause, ask_account=account
        )
        return
    work(
        order,
        talk,
        place,
        stream=stream,
        max_wait=max_wait,
        pause=pause,
        only_cost=cost,
        ask_account=account,
    )
