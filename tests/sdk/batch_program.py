"""A program that does a batch, to be killed."""

import sys

from novelai import NovelAI, RetryPolicy

if __name__ == "__main__":
    token, url, journal, count = sys.argv[1:]
    prompts = [f"number {number}" for number in range(int(count))]
    # A call that was killed may still hold the account.
    retry = RetryPolicy(base_delay=0.01, max_delay=0.02, max_wait=60)
    with NovelAI(token, base_url=url, retry=retry) as client:
        for item in client.image.batch(prompts, resume=journal, size=(64, 64), progress=False):
            print(item.index, item.status, item.path and item.path.name, item.cost, flush=True)
