"""Which modules get faults, and which tests have to notice them."""

from pathlib import Path

__all__ = ["ROOT", "SOURCE", "TARGETS"]

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "novelai"


def _in(folder: str, *names: str) -> tuple[str, ...]:
    return tuple(f"tests/{folder}/test_{name}.py" for name in names)


JOBS = _in("server_core", "pricing", "admission", "claims", "endings", "ledger", "budgets")
MEETINGS = _in("server_core", "meetings")
WORKER = _in("server_core", "attempts", "reaping", "verdicts", "running", "charges", "leases")
CALLERS = _in("server", "access", "forwarded_table", "credentials")

TARGETS: dict[str, tuple[str, ...]] = {
    # Who runs next, what it may cost, and how it ends.
    "server/jobs/claims.py": (*JOBS, *_in("server_core", "vibes"), *MEETINGS),
    "server/jobs/transitions.py": (*JOBS, *_in("server_core", "balance"), *MEETINGS),
    "server/jobs/admission.py": JOBS,
    "server/jobs/pricing.py": JOBS,
    "server/jobs/fitting.py": _in("server_core", "fitting"),
    "server/model/budget.py": JOBS,
    "server/keys/ledger.py": (*JOBS, *_in("server_core", "charges"), *_in("server_api", "usage")),
    # A claimed job, and whoever looks after one that was left.
    "server/worker/attempt.py": (*WORKER, *_in("server_core", "vibes", "bad_days", "keeping")),
    "server/worker/finish.py": (*WORKER, *_in("server_core", "lost_answers", "composing")),
    "server/worker/lease.py": (*WORKER, *_in("server_core", "events")),
    "server/worker/reaper.py": (*WORKER, *MEETINGS),
    "server/worker/reconciler.py": (*WORKER, *_in("server_core", "first_look"), *MEETINGS),
    "server/upstream/verdict.py": WORKER,
    # Who calls, from where, and how much is read.
    "server/http/site_guard.py": _in("server", "guard_table", "guard", "access", "credentials"),
    "server/http/dependencies.py": (
        *_in("server", "key_service"),
        *CALLERS,
        *_in("server_api", "rights"),
    ),
    "server/http/credentials.py": (*_in("server", "path_secret_table"), *CALLERS),
    "server/http/body_limit.py": _in(
        "server", "body_limit_table", "body_limit", "body_of_a_stranger", "strangers"
    ),
    "server/model/secret.py": _in("server", "signature_vectors", "key_service"),
    # What leaves the house signed, and where it may go.
    "server/links/signature.py": (*_in("server", "signature_vectors"), *_in("doors", "links")),
    "server/webhooks/signature.py": _in("server", "signature_vectors"),
    "server/webhooks/address.py": _in("server_ops", "webhook_address_table", "webhook_address"),
    # The client: what is sent again, what an answer means, whose turn it is, what it costs.
    "_retry.py": _in("sdk", "retry", "calls", "text_calls"),
    "_responses.py": _in("sdk", "settle", "calls", "text_refusals", "login", "account"),
    "cost.py": _in("sdk", "cost", "tool_prices", "vectors"),
    "_limiter.py": _in("sdk", "lanes", "turns", "waiting"),
    "_options.py": _in("sdk", "options"),
    **dict.fromkeys(
        ("_drivers/async_driver.py", "_drivers/common.py", "_drivers/driver.py"),
        _in("sdk", "calls", "streams", "turns", "foreign_transports", "options", "waiting", "raw"),
    ),
}
