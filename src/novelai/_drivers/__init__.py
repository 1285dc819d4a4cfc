"""The only I/O of the SDK: they do what flows ask for, in two colours."""

from novelai._drivers.async_driver import AsyncDriver
from novelai._drivers.common import Recording
from novelai._drivers.driver import SyncDriver

__all__ = ["AsyncDriver", "Recording", "SyncDriver"]
