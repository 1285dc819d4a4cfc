"""The service cuts a long prompt silently; the client says so."""

import pytest
from tests.contract.asking import ask, watch
from tests.contract.worlds import SMALL

from novelai import PromptCutWarning

pytestmark = pytest.mark.anyio


LONG = {"prompt": "cat, " * 400, "size": SMALL}


@pytest.mark.parametrize("call", [ask, watch])
async def test_a_long_prompt_is_sent_with_a_warning(world, call):
    """It is drawn all the same, and the warning quotes nothing."""
    method = "generate" if call is ask else "generate_stream"
    with pytest.warns(PromptCutWarning) as caught:
        assert await call(world, lambda client: getattr(client.image, method)(**LONG))
    (warning,) = caught
    assert str(warning.message).startswith("The prompt has 8")
    assert str(warning.message).endswith("tokens; the model cuts it at 512.")


async def test_what_fits_is_sent_without_a_word(world):
    """Also where only counting tells that it fits."""
    assert await ask(world, lambda client: client.image.generate(prompt="é" * 200, size=SMALL))
