"""What a picture costs a client, one call at a time and many at once."""

from collections.abc import Sequence

from bench.body import generation_request
from bench.report import Table, Target
from bench.setting import Setting

__all__ = ["run", "streams"]

NAMES = {
    "post": "httpx2 POST of the same body",
    "post-unzip": "httpx2 POST, unzipped with zipfile",
    "ours": "novelai: generate, bytes",
    "ours-saved": "novelai: generate, saved as PNG",
    "ours-httpx2": "... on httpx2's own transport",
    "sdk": "novelai-sdk: generate, PIL object",
    "sdk-saved": "novelai-sdk: generate, saved as PNG",
    "api": "novelai-api: generate, bytes",
    "floor": "by hand: sockets and zlib",
    "ours-msgpack": "novelai: msgpack stream",
    "ours-sse": "novelai: SSE stream",
    "ours-httpx2-msgpack": "... on httpx2's own transport",
    "sdk-stream": "novelai-sdk: SSE stream",
    "floor-msgpack": "by hand: sockets and msgpack",
}
PLAIN = ("post", "post-unzip", "ours", "ours-saved", "ours-httpx2")
TLS = ("post", "ours", "ours-httpx2")
STREAMS = ("ours-msgpack", "ours-sse", "ours-httpx2-msgpack")

Found = dict[str, dict[str, float]]


def run(setting: Setting, plain: Sequence[str] = PLAIN, secret: Sequence[str] = TLS) -> list[Table]:
    """Measure `generate` at each level, in the clear and over TLS."""
    others = ["api", "floor"] if setting.compare else []
    sdk = ["sdk"] if setting.compare else []
    return [
        generating(setting, [*plain, *others, *sdk], tls=False),
        generating(setting, [*secret, *others], tls=True),
    ]


def generating(setting: Setting, kinds: Sequence[str], *, tls: bool) -> Table:
    """Measure `generate` at each level."""
    table = Table(
        f"Clients: one 832x1216 PNG in a ZIP{', over TLS' if tls else ''}",
        ["client", "in flight", "CPU ms / image", "x POST", "images/s", "peak MB"],
    )
    body = generation_request().decode()
    base = setting.tls_base if tls else None
    for in_flight in setting.client_levels:
        found = setting.clients(kinds, in_flight, base=base, body=body)
        if "sdk" in found and in_flight == setting.client_levels[0]:
            found |= setting.clients(["sdk-saved"], in_flight)
        floor = found["post"]["cpu_ms"]
        for kind, taken in found.items():
            table.rows.append(
                (
                    NAMES[kind],
                    in_flight,
                    taken["cpu_ms"],
                    taken["cpu_ms"] / floor,
                    taken["per_second"],
                    taken["peak_mb"],
                )
            )
        table.targets += wanted(found, in_flight, tls=tls)
    return table


def wanted(found: Found, in_flight: int, *, tls: bool) -> list[Target]:
    """Return what was aimed for at a level."""
    at = f"{in_flight} in flight{', over TLS' if tls else ''}"

    def ratio(other: str, limit: float, figure: str = "cpu_ms") -> Target:
        what = "peak memory" if figure == "peak_mb" else "generate"
        measured = found["ours"][figure] / found[other][figure]
        return Target(f"{what}, {at}, to {SHORT[other]}", measured, limit)

    targets = [ratio("post", 0.5 if tls else 1.25)]
    if "ours-httpx2" in found:
        targets.append(ratio("ours-httpx2", 0.5))
    if "api" in found and not tls:
        targets.append(ratio("api", 1.5 if in_flight == 1 else 2))
    if "sdk" in found:
        targets.append(ratio("sdk", 1))
    if in_flight == 64:
        limits = {"sdk": 0.5, "ours-httpx2": 1}
        targets += [ratio(kind, limits[kind], "peak_mb") for kind in limits if kind in found]
    return targets


SHORT = {
    "post": "POST",
    "ours-httpx2": "httpx2's own transport",
    "api": "novelai-api",
    "sdk": "novelai-sdk",
}


def streams(setting: Setting) -> list[Table]:
    """Measure a stream of 30 previews and the picture, in the clear and over TLS."""
    compared = ["floor-msgpack", "sdk-stream"] if setting.compare else []
    return [
        streaming(setting, [*STREAMS, *compared], tls=False),
        streaming(setting, [kind for kind in STREAMS if kind != "ours-sse"], tls=True),
    ]


def streaming(setting: Setting, kinds: Sequence[str], *, tls: bool) -> Table:
    """Measure a stream of 30 previews and the picture."""
    table = Table(
        f"Streams: 30 previews, then the picture{', over TLS' if tls else ''}",
        ["client", "in flight", "CPU ms / stream", "streams/s", "peak MB"],
    )
    for in_flight in setting.client_levels[:2]:
        base = setting.tls_base if tls else None
        found = setting.clients(kinds, in_flight, base=base)
        for kind, taken in found.items():
            table.rows.append(
                (NAMES[kind], in_flight, taken["cpu_ms"], taken["per_second"], taken["peak_mb"])
            )
        at = f"{in_flight} in flight{', over TLS' if tls else ''}"
        cpu = {kind: taken["cpu_ms"] for kind, taken in found.items()}
        ratio = cpu["ours-msgpack"] / cpu["ours-httpx2-msgpack"]
        limit = 0.4 if tls else 0.35
        table.targets.append(Target(f"stream, {at}, to httpx2's own transport", ratio, limit))
        if "sdk-stream" in cpu:
            ratio = cpu["ours-msgpack"] / cpu["sdk-stream"]
            table.targets.append(Target(f"stream, {at}, to novelai-sdk", ratio, 0.2))
    return table
