"""
The emulator at work: `python -m bench.workers.emulate '{"fast": false}'`.

Prints its address, then answers the command `usage` on standard input, and ends with it.
"""

from bench.workers.job import answer, given, on_command, usage_so_far
from novelai.emulator import Emulator

if __name__ == "__main__":
    job = given()
    with Emulator(fast=job["fast"]).serve() as url:
        answer(base=url)
        on_command({"usage": usage_so_far})
