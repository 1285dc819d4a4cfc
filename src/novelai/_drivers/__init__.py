"""The only I/O of the SDK: they do what flows ask for, in two colours."""

from novelai._drivers.asynchronous import AsyncDriver
from novelai._drivers.synchronous import SyncDriver

__all__ = ["AsyncDriver", "SyncDriver"]
