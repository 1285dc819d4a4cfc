"""Many pictures, made one after another: a batch that can be interrupted and go on.

`novelai.NovelAI.image.batch` begins one. With a file to resume from, every step is written down
before it is done, so that a program which is killed goes on where it was, and pays for nothing
twice.
"""

from novelai.batch.items import BatchItem, BatchProgress
from novelai.batch.order import Prompts
from novelai.batch.run import AsyncBatch, Batch

__all__ = ["AsyncBatch", "Batch", "BatchItem", "BatchProgress", "Prompts"]
