"""What a picture costs a client, one call at a time and many at once."""

from bench.body import generation_request
from bench.report import Table, Target
from bench.setting import Setting

__all__ = ["run", "streams"]

NAMES = {
    "post": "httpx2 POST of the same body",
    "post-unzip": "httpx2 POST, unzipped with zipfile",
    "ours": "novelai: generate, bytes",
    "ours-saved": "novelai: generate, saved as PNG",
    "sdk": "novelai-sdk: generate, PIL object",
    "sdk-saved": "novelai-sdk: generate, saved as PNG",
    "ours-msgpack": "novelai: msgpack stream",
    "ours-sse": "novelai: SSE stream",
    "sdk-stream": "novelai-sdk: SSE stream",
}


def run(setting: Setting) -> list[Table]:
    """Measure `generate` at each level."""
    kinds = ["post", "post-unzip", "ours", "ours-saved"]
    kinds += ["sdk"] if setting.compare else []
    table = Table(
        "Clients: one 832x1216 PNG in a ZIP",
        ["client", "in flight", "CPU ms / image", "x POST", "images/s", "peak MB"],
    )
    body = generation_request().decode()
    for in_flight in setting.client_levels:
        found = setting.clients(kinds, in_flight, body=body)
        if setting.compare and in_flight == setting.client_levels[0]:
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
        ratio = found["ours"]["cpu_ms"] / floor
        table.targets.append(Target(f"generate, {in_flight} in flight, to POST", ratio, 1.25))
        if "sdk" in found:
            table.targets += beside_sdk(found, in_flight)
    return [table]


def beside_sdk(found: dict[str, dict[str, float]], in_flight: int) -> list[Target]:
    """Return the targets that novelai-sdk sets."""
    cpu, memory = (
        found["ours"][figure] / found["sdk"][figure] for figure in ("cpu_ms", "peak_mb")
    )
    targets = [Target(f"generate, {in_flight} in flight, to novelai-sdk", cpu, 1)]
    if in_flight == 64:
        targets.append(Target("peak memory, 64 in flight, to novelai-sdk", memory, 0.5))
    return targets


def streams(setting: Setting) -> list[Table]:
    """Measure a stream of 30 previews and the picture."""
    kinds = ["ours-msgpack", "ours-sse", *(["sdk-stream"] if setting.compare else [])]
    table = Table(
        "Streams: 30 previews, then the picture",
        ["client", "in flight", "CPU ms / stream", "streams/s", "peak MB"],
    )
    for in_flight in setting.client_levels[:2]:
        found = setting.clients(kinds, in_flight)
        for kind, taken in found.items():
            table.rows.append(
                (NAMES[kind], in_flight, taken["cpu_ms"], taken["per_second"], taken["peak_mb"])
            )
        if "sdk-stream" in found:
            ratio = found["ours-msgpack"]["cpu_ms"] / found["sdk-stream"]["cpu_ms"]
            table.targets.append(
                Target(f"stream, {in_flight} in flight, to novelai-sdk", ratio, 0.2)
            )
    return [table]
