"""NovelAI's HTTP API on this machine: to develop, test and show things without an account.

    emulator = Emulator(fast=True)
    with emulator.serve() as url:
        ...  # point any client at `url`, with `emulator.token` as the key

What it answers and what it leaves out is listed in `COVERAGE.md` beside this file. Names are loaded
when they are first used, so that the pytest plugin costs nothing in a test run without it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from novelai.emulator.accounts import EmulatedAccount
    from novelai.emulator.emulator import Emulator
    from novelai.emulator.faults import Fault
    from novelai.emulator.recorder import RecordedRequest, Remark
    from novelai.emulator.signing import EMULATOR_PUBLIC_KEY

__all__ = [
    "EMULATOR_PUBLIC_KEY",
    "EmulatedAccount",
    "Emulator",
    "Fault",
    "RecordedRequest",
    "Remark",
]

_HOMES = {
    "EMULATOR_PUBLIC_KEY": "signing",
    "EmulatedAccount": "accounts",
    "Emulator": "emulator",
    "Fault": "faults",
    "RecordedRequest": "recorder",
    "Remark": "recorder",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
