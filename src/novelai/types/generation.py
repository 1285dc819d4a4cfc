"""Everything one image generation is asked for."""

import warnings
from collections.abc import Collection
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Literal,
    Self,
    TypeAlias,
    TypeVar,
    Unpack,
    cast,
)

from pydantic import AliasChoices, BeforeValidator, Field, field_serializer, model_validator

from novelai.automatic_text import PlacedText, add_automatic_text
from novelai.catalogue import (
    DEFAULT_MODEL,
    ModelSpec,
    base_model,
    inpainting_spec,
    kindred_model,
    known_model,
    model_names,
    model_spec,
    size_presets,
)
from novelai.cost import AnlasEstimate, generation_cost
from novelai.enhancing import max_priced_size
from novelai.errors import FixedFieldWarning, UnknownModelWarning
from novelai.prompt import (
    enhanced_prompt,
    furry_prompt,
    merged_negative_prompt,
    merged_prompt,
)
from novelai.types.annotations import CheckedAs, Many
from novelai.types.api.client import Client
from novelai.types.base import SEEDS, Between, Kind, Params, Text, ensure_checked, one_of
from novelai.types.character import Character
from novelai.types.controlnet import ControlNet
from novelai.types.findings import Whole, meant
from novelai.types.i2i import I2iParams
from novelai.types.inpaint import InpaintParams
from novelai.types.names import ModelName, NoiseScheduleName, SamplerName
from novelai.types.reference import CharacterReference
from novelai.types.rules import WHOLE, broken_rules
from novelai.types.size import PORTRAIT, ImageSize, SizeField, source_size
from novelai.types.vibe import Vibe

if TYPE_CHECKING:
    from novelai.tokens import PromptTokens
    from novelai.types.fields import GenerateImageFields

__all__ = ["DEFAULT_MODEL", "GenerateImageParams", "ImageSize", "UCPreset"]

T = TypeVar("T")

Action: TypeAlias = Literal["generate", "img2img", "infill"]

UCPreset: TypeAlias = Literal[
    "heavy",
    "light",
    "human_focus",
    "furry_focus",
    "none",
    "low_quality",
    "low_quality_bad_anatomy",
]

QualityPreset: TypeAlias = Literal["standard", "light"]

OTHER_PRESET_NAMES = {
    "strong": "heavy",
    "humanFocus": "human_focus",
    "furryFocus": "furry_focus",
    "lowQuality": "low_quality",
    "lowQualityPlusBadAnatomy": "low_quality_bad_anatomy",
}

REPLACES_DDIM = "k_euler_ancestral"


def preset_name(value: Any) -> Any:
    """Return the name of a preset of undesired content, whatever it is called elsewhere."""
    return OTHER_PRESET_NAMES.get(value, value) if isinstance(value, str) else value


class GenerateImageParams(Params):
    """What to generate. Checked when it is made; frozen afterwards.

    `replace` makes a copy with other values, `calculate_anlas` tells the price. A value that a
    model does not support is an error that names the field, before anything is sent. V5 Full
    (Medium) fixes ``steps``, ``sampler``, ``uc_preset``, ``negative_prompt`` and ``cfg_rescale``:
    whatever is given, they are the model's own, and a `FixedFieldWarning` says so.

    Args:
        prompt: 1 to 51,200 characters, the quality text included; on V4 and later it may be empty
            where there are characters.
        model: a NovelAI model id; an unknown one is passed through with a warning. One that
            extends a known id (``nai-diffusion-5-full-...``) has that model's traits.
        size: a name or width and height in pixels, multiples of 64, at most 3,145,728 pixels; by
            default portrait, or with ``i2i`` or ``inpaint`` the size nearest to the picture's own
            up to 1,048,576 pixels. It is kept as a pair of width and height.
        negative_prompt: undesired content, added after the preset's text.
        quality: add the model's quality text; V5 also knows ``"light"``.
        uc_preset: which undesired-content text to put in front of ``negative_prompt``.
        steps: 1 to 50. Up to 28 are free on Opus.
        scale: prompt guidance, 0 to 10 (25 on V1 and V2); by default the model's own.
        sampler: by default ``k_euler_ancestral``, which also replaces ``ddim`` on V4 and later,
            as on the web.
        noise_schedule: by default the model's own; V5 knows only ``karras``.
        seed: 0 to 4294967295; drawn for each call when left out. Sample *i* uses seed + *i*.
        n_samples: 1 to 8 pictures, at most 4 above 409,600 pixels and 6 above 360,448.
        cfg_rescale: prompt guidance rescale, 0 to 1.
        variety_boost: Variety+: skip guidance while the noise is high (V3, V4, V4.5).
        smea: SMEA (V3, V2).
        smea_dyn: SMEA DYN, with ``smea`` (V3, V2).
        decrisp: dynamic thresholding (V3 and older).
        i2i: start from a picture.
        inpaint: repaint a part of a picture.
        characters: up to 6 character prompts (V4, V4.5) or 32 (V5).
        use_coords: send the characters' positions as places to keep to; by default if one has a
            position. If false, NovelAI chooses, and positions are sent all the same.
        vibes: up to 16 vibes (V3, V4, V4.5); 2 Anlas for each that is not encoded yet. With
            ``inpaint`` none is sent on V4 and later, as on the web.
        controlnet: vibes under another name; they follow those in ``vibes``.
        character_references: up to 16 precise references (V4.5), 5 Anlas each and picture.
        transparent_background: ask for a transparent background (V5); also accepted as
            ``tag_hint_transparent_background``.
        straight_alpha: how colours under transparency are stored (V5): straight, as on the web,
            unless this is false.
        furry: furry mode (V4 and later): ``fur dataset`` goes in front of the finished prompt,
            unless it begins with a data set.
        automatic_text: repeat what the prompt puts in quotation marks in a text section, which V5
            writes into the picture, as on the web; other models get none.
        image_format: ``"png"`` or lossless ``"webp"``.
    """

    _whole: ClassVar[Whole | None] = WHOLE

    prompt: Text = Field(repr=False)
    model: ModelName = DEFAULT_MODEL
    size: SizeField = Field(default=PORTRAIT, json_schema_extra={"default": "portrait"})
    negative_prompt: Text | None = Field(default=None, repr=False)
    quality: Annotated[bool | QualityPreset, Kind("true, false, standard or light")] = True
    uc_preset: Annotated[
        UCPreset | Literal["strong"],
        CheckedAs(UCPreset),
        BeforeValidator(preset_name),
        Kind(one_of(UCPreset)),
    ] = "heavy"
    steps: Annotated[int, Between(1, 50)] = 23
    scale: Annotated[float, Between(0, 25)] | None = None
    sampler: SamplerName = "k_euler_ancestral"
    noise_schedule: NoiseScheduleName | None = None
    seed: Annotated[int, Between(0, SEEDS - 1)] | None = None
    n_samples: Annotated[int, Between(1, 8)] = 1
    cfg_rescale: Annotated[float, Between(0, 1)] = 0.0
    variety_boost: bool = False
    smea: bool = False
    smea_dyn: bool = False
    decrisp: bool = False
    i2i: I2iParams | None = None
    inpaint: InpaintParams | None = None
    characters: Many[Character] | None = None
    use_coords: bool | None = None
    vibes: Many[Vibe] | None = None
    controlnet: ControlNet | None = None
    character_references: Many[CharacterReference] | None = None
    transparent_background: bool = Field(
        default=False,
        validation_alias=AliasChoices("transparent_background", "tag_hint_transparent_background"),
    )
    straight_alpha: bool | None = None
    furry: bool = False
    automatic_text: bool = True
    image_format: Annotated[Literal["png", "webp"], Kind("png or webp")] = "png"

    # Written down, the default would count as asked for.
    @field_serializer("uc_preset", when_used="json")
    def _write_preset(self, value: str) -> str:
        return value if "uc_preset" in self.model_fields_set else self.effective_uc_preset

    if TYPE_CHECKING:

        def replace(self, **changes: Unpack[GenerateImageFields]) -> Self:
            """Return a copy with other values, checked like a new object."""
            ...

    @model_validator(mode="before")
    @classmethod
    def _without_ddim(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        fields = cast("dict[str, Any]", data)
        model = fields.get("model", DEFAULT_MODEL)
        old = fields.get("sampler") == "ddim" and isinstance(model, str)
        if old and known_model(model) and model_spec(model).structured_prompt:
            return fields | {"sampler": REPLACES_DDIM}
        return fields

    @model_validator(mode="after")
    def _follows_the_model(self) -> Self:
        if not known_model(self.model):
            kin = kindred_model(self.model)
            known = (
                f"taken for a kind of {kin}"
                if kin
                else f"limits and price unknown{meant(self.model, model_names())}"
            )
            warnings.warn(
                f"{self.model[:100]!r} is not in the catalogue: sent as it is, {known}",
                UnknownModelWarning,
                stacklevel=3,  # where the object is made, behind pydantic's own frame
            )
        if self.spec.fixed:
            self._take_fixed_values(self.spec)
        self._take_source_size()
        broken_rules(self).raise_found("GenerateImageParams")
        return self

    def _follows(self) -> Collection[str]:
        if not isinstance(self.model, str):  # pyright: ignore[reportUnnecessaryIsInstance] - put in past the checks
            return ()
        return {*self.spec.fixed, *(("size",) if self.follows_source else ())}

    def _take_source_size(self) -> None:
        source = self.i2i or self.inpaint
        size = source_size(source.image) if source and self.follows_source else None
        if size is not None:
            vars(self)["size"] = size  # frozen for everybody else
            self._remember_values()

    def _take_fixed_values(self, spec: ModelSpec) -> None:
        values: dict[str, Any] = dict(spec.fixed)
        given = {name: getattr(self, name) for name in self.model_fields_set & values.keys()}
        ignored = [
            name for name, value in given.items() if (value or None) != (values[name] or None)
        ]
        if "negative_prompt" in values and any(
            one.negative_prompt for one in self.characters or ()
        ):
            values["characters"] = tuple(
                one.replace(negative_prompt="") for one in self.characters or ()
            )
            ignored.append("characters.negative_prompt")
        vars(self).update(values)  # frozen for everybody else
        self._remember_values()
        if ignored:
            warnings.warn(
                f"{spec.name} sets {', '.join(sorted(ignored))} by itself: "
                "its own values are sent, not those given",
                FixedFieldWarning,
                stacklevel=4,
            )

    @property
    def spec(self) -> ModelSpec:
        """The model's row of the catalogue."""
        return model_spec(self.model)

    @property
    def action(self) -> Action:
        """``"infill"``, ``"img2img"`` or ``"generate"``."""
        if self.inpaint is not None:
            return "infill"
        return "generate" if self.i2i is None else "img2img"

    @property
    def request_model(self) -> str:
        """The model id a request carries: the inpainting id when inpainting."""
        if self.action == "infill":
            return self.spec.inpainting or self.spec.id
        return base_model(self.model)

    @property
    def request_spec(self) -> ModelSpec:
        """The row of the model that a request carries: V5 Curated inpaints with V4.5 Curated.

        Texts, switches, the default of ``scale`` and the price are those of this one.
        """
        return inpainting_spec(self.spec) if self.action == "infill" else self.spec

    @property
    def follows_source(self) -> bool:
        """Return whether the size is that of the picture to start from.

        There is one, and no ``size``.
        """
        return self.action != "generate" and "size" not in self.model_fields_set

    @property
    def dimensions(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return size_presets()[self.size] if isinstance(self.size, str) else self.size

    @property
    def quality_preset(self) -> str | None:
        """The quality preset's name, or ``None``."""
        if self.quality is True:
            return "standard"
        return self.quality or None

    @property
    def effective_vibes(self) -> tuple[Vibe, ...]:
        """The vibes that are used: ``vibes``, then those of ``controlnet``.

        None when inpainting on V4 and later: as on the web, they are not sent with a mask.
        """
        if self.inpaint is not None and self.request_spec.structured_prompt:
            return ()
        return (*(self.vibes or ()), *(self.controlnet.images if self.controlnet else ()))

    @property
    def asks_for_transparency(self) -> bool:
        """Return whether a transparent background is asked for of a model that has it."""
        return self.transparent_background and self.request_spec.transparency

    @property
    def tag_hint_transparent_background(self) -> bool:
        """`transparent_background`, by the name requests give it."""
        return self.transparent_background

    @staticmethod
    def is_v4(model: str) -> bool:
        """Return whether a model is of V4 or later: it takes character prompts."""
        spec = model_spec(model)
        return spec.generation != "unknown" and spec.structured_prompt

    @staticmethod
    def is_v4_5(model: str) -> bool:
        """Return whether a model is of V4.5."""
        return model_spec(model).generation == "v4.5"

    @staticmethod
    def is_v5(model: str) -> bool:
        """Return whether a model is of V5."""
        return model_spec(model).generation == "v5"

    @property
    def enabled_characters(self) -> tuple[Character, ...]:
        """The characters that are sent: those that are enabled and have a prompt."""
        return tuple(one for one in self.characters or () if one.enabled and one.prompt)

    @property
    def places_characters(self) -> bool:
        """Return whether characters are to keep to their places: ``use_coords`` as it is sent."""
        if self.request_spec.positions is None:
            return False
        if self.use_coords is not None:
            return self.use_coords
        return any(one.position is not None for one in self.enabled_characters)

    @property
    def processed_prompt(self) -> str:
        """The prompt as it is sent, worded as by the web client: with the quality text first.

        Then the words of enhancing, of furry mode, and, last, the automatic text section.
        """
        spec = self.request_spec
        prompt = self._merged_prompt
        if self.i2i is not None and self.i2i.enhance == "plain":
            prompt = enhanced_prompt(prompt, spec)
        if self.furry:
            prompt = furry_prompt(prompt)
        if not (spec.automatic_text and self.automatic_text):
            return prompt
        return add_automatic_text(prompt, self._placed_texts, use_coords=self.places_characters)

    @property
    def processed_negative_prompt(self) -> str:
        """The undesired content as it is sent, with the preset's text."""
        return merged_negative_prompt(
            self.negative_prompt or "",
            self.request_spec,
            uc_preset=self.effective_uc_preset,
            prompt=self._merged_prompt,
        )

    @property
    def _merged_prompt(self) -> str:
        return merged_prompt(
            self.prompt,
            self.request_spec,
            quality=self.quality_preset,
            transparent_background=self.asks_for_transparency,
        )

    @property
    def _placed_texts(self) -> list[PlacedText]:
        return [PlacedText(one.prompt, *one.center(snap=False)) for one in self.enabled_characters]

    @property
    def effective_uc_preset(self) -> str:
        """The preset that is used: the model's first when the default is not among its own.

        One that the model offers, but not the one that inpaints for it, counts as none.
        """
        spec = self.request_spec
        if self.uc_preset in spec.uc:
            return self.uc_preset
        return "none" if self.uc_preset in self.spec.uc else spec.default_uc_preset

    def adapt(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the body of a request, before it is sent: as it was built.

        A subclass may say more.
        """
        return body

    def to_api_request(self, client: Client[T]) -> T:
        """Build the request that the client would send; see ``client.image.api_request``.

        Args:
            client: a `NovelAI`; an `AsyncNovelAI` gives something to be awaited.
        """
        return client.image.api_request(self)

    def calculate_anlas(
        self,
        *,
        is_opus: bool = False,
        allowance_exhausted: bool = False,
        vibes_encoded: int | None = None,
    ) -> AnlasEstimate:
        """Return the price of this generation in Anlas, without asking the service.

        Args:
            is_opus: the account has an active Opus subscription.
            allowance_exhausted: its V5 allowance is used up.
            vibes_encoded: how many vibes need no encoding any more; by default those that carry
                their encoding.

        Raises:
            InvalidParamsError: the object was made past the checks, and a value is wrong.
        """
        params = ensure_checked(self)
        if params is not self:
            return params.calculate_anlas(
                is_opus=is_opus,
                allowance_exhausted=allowance_exhausted,
                vibes_encoded=vibes_encoded,
            )
        width, height = self._priced_size()
        vibes = self.effective_vibes
        encodes = self.spec.vibes == "encoded"
        ready = sum(vibe.is_encoded_for(self.model) for vibe in vibes)
        ready = ready if vibes_encoded is None else vibes_encoded
        return generation_cost(
            self.request_spec,
            width=width,
            height=height,
            steps=self.steps,
            n_samples=self.n_samples,
            sampler=self.sampler,
            smea=self.smea,
            smea_dyn=self.smea_dyn,
            strength=self._price_strength(),
            vibes=len(vibes),
            vibes_to_encode=max(len(vibes) - ready, 0) if encodes else 0,
            references=len(self.character_references or ()),
            is_opus=is_opus,
            allowance_exhausted=allowance_exhausted,
        )

    def _priced_size(self) -> tuple[int, int]:
        if self.i2i is not None and self.i2i.enhance == "max":
            return max_priced_size(*(self.i2i.size or self.dimensions))
        return self.dimensions

    def count_tokens(self) -> "PromptTokens":
        """Count the tokens of all texts as they are sent, as NovelAI's page does; costs nothing.

        The prompt, with its quality text, and the characters' prompts share one limit; undesired
        content, with its preset's text, and the characters' own share a second one. What is
        beyond is not refused: the service cuts it off, and the client says so with a
        `PromptCutWarning` when it sends it. See `novelai.tokens`.

        Raises:
            ConfigurationError: counting for this model needs the extra ``tokens``.
        """
        from novelai.tokens import count_texts

        return count_texts(*self.sent_texts, self.request_spec)

    @property
    def sent_texts(self) -> tuple[list[str], list[str]]:
        """What is sent: prompt and characters' prompts, undesired content and the characters'."""
        characters = self.enabled_characters
        return (
            [self.processed_prompt, *(one.prompt for one in characters)],
            [self.processed_negative_prompt, *(one.negative_prompt for one in characters)],
        )

    def _price_strength(self) -> float:
        if self.inpaint is not None:
            return self.inpaint.strength
        return 1.0 if self.i2i is None else self.i2i.strength
