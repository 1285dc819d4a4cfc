"""novelai-python, which has no setting for an address but the endpoint of each request."""

import asyncio
import io

from acting import KEY, PROMPT, URL, perform, shown
from novelai_python import ApiCredential, AugmentImageInfer, GenerateImageInfer
from novelai_python.sdk.ai.augment_image import ReqType
from novelai_python.sdk.ai.generate_image import Model
from PIL import Image
from pydantic import SecretStr

SESSION = ApiCredential(api_token=SecretStr(KEY))
MODEL = Model.NAI_DIFFUSION_4_5_FULL


def asked(request):
    request.endpoint = URL
    return request.request(session=SESSION)


async def pictures(request):
    answer = await asked(request)
    return [shown(data) for _, data in answer.files]


async def draw(prompt=PROMPT, **wishes):
    return await pictures(GenerateImageInfer.build_generate(prompt=prompt, model=MODEL, **wishes))


async def extras():
    file = io.BytesIO()
    Image.new("RGB", (512, 768), "teal").save(file, "PNG")
    source = file.getvalue()
    return {
        "again": await pictures(
            GenerateImageInfer.build_img2img(
                prompt=PROMPT, model=MODEL, image=source, width=512, height=768
            )
        ),
        "lines": await pictures(
            AugmentImageInfer(req_type=ReqType.LINEART, width=512, height=768, image=source)
        ),
    }


async def twice():
    return [one for drawn in await asyncio.gather(draw(), draw("2girls")) for one in drawn]


perform(
    "novelai-python",
    draw=draw,
    costly=lambda: draw(width=1024, height=1536),
    extras=extras,
    twice=twice,
)
