"""Which modules get faults, and which tests have to notice them."""

from pathlib import Path

__all__ = ["ROOT", "SOURCE", "TARGETS"]

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "novelai"

CORE = "tests/server_core"
API = "tests/server_api"

TARGETS: dict[str, tuple[str, ...]] = {
    "server/keys/budget.py": (f"{CORE}/test_rules.py",),
    "server/webhooks/signature.py": ("tests/server_ops/test_webhooks.py",),
    "_retry.py": ("tests/sdk/test_retry.py",),
}
