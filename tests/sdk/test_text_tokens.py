"""Token numbers as bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novelai._codecs.tokens import pack_tokens, token_width, unpack_tokens


@given(st.sampled_from([2, 4]), st.data())
def test_tokens_survive(width, data):
    """Tokens of either width come back as they were."""
    tokens = data.draw(st.lists(st.integers(0, 256**width - 1)))
    packed = pack_tokens(tokens, width)
    assert unpack_tokens(packed, width) == tuple(tokens)


def test_tokens_are_little_endian():
    """The bytes of a token are those recorded from the service."""
    assert unpack_tokens("LRI=", 2) == (4653,)
    assert pack_tokens([4653], 2) == "LRI="


@pytest.mark.parametrize(
    ("model", "width"), [("kayra-v1", 2), ("clio-v1", 2), ("llama-3-erato-v1", 4), ("new", 2)]
)
def test_a_model_has_its_width(model, width):
    """Erato's tokens take four bytes, the others' two."""
    assert token_width(model) == width


@pytest.mark.parametrize(("packed", "width"), [("LRI=", 4), ("LRI", 2), ("L!I=", 2), ("é", 2)])
def test_broken_tokens_are_refused(packed, width):
    """Neither half tokens nor what is no base64 are taken for tokens."""
    with pytest.raises(ValueError, match="tokens are"):
        unpack_tokens(packed, width)


def test_a_token_too_large_is_refused():
    """A number of another vocabulary is not cut to fit."""
    with pytest.raises(ValueError, match="does not fit into 2 bytes"):
        pack_tokens([65536], 2)
