"""Messages to other programs at a job's end: signed, retried, and never to an address inside.

A receiver checks with `verify` that a message comes from here.
"""

from novelai.server.webhooks.signature import verify

__all__ = ["verify"]
