"""Pictures from a Celery worker: jobs wait at a broker, the worker draws them one by one.

pip install novelai-fastapi 'celery[redis]'
cd examples
NOVELAI_API_KEY=pst-... celery --app 17_celery_worker worker --concurrency 1
python 17_celery_worker.py "1girl, cat ears"    (in a second terminal; it needs no key)

CELERY_BROKER names another broker than redis://localhost. NovelAI runs one generation at a time
for each account, so more than one worker process would only wait.
"""

import os
import sys
from pathlib import Path

from celery import Celery, Task

from novelai import ConnectionFailedError, NovelAI, NovelAIError, RateLimitError
from novelai.types import GenerateImageParams

BROKER = os.environ.get("CELERY_BROKER", "redis://localhost")
PICTURES = Path(os.environ.get("PICTURES", "pictures"))

app = Celery("pictures", broker=BROKER, backend=os.environ.get("CELERY_RESULTS", BROKER))
# A job leaves the broker before it is run, never after: when a worker dies in the middle, another
# one must not draw, and pay for, the same picture again.
app.conf.update(task_acks_late=False, worker_prefetch_multiplier=1)


@app.task(name="draw", bind=True, max_retries=10)
def draw(task: Task, job: str) -> list[str]:
    """Draw what the parameters in JSON say; return the paths of the pictures."""
    params = GenerateImageParams.model_validate_json(job)
    paths = [
        PICTURES / f"{task.request.id}-{number}.png" for number in range(1, params.n_samples + 1)
    ]
    # A broker may deliver a job twice. What is on the disk is not drawn again.
    if not all(path.exists() for path in paths):
        try:
            with NovelAI() as client:
                images = client.image.generate(params)
        except (RateLimitError, ConnectionFailedError) as error:
            # These two were surely not run. Nothing else is tried again: it may be paid for.
            raise task.retry(exc=plain(error), countdown=error.retry_after or 30) from error
        except NovelAIError as error:
            raise plain(error) from error
        PICTURES.mkdir(exist_ok=True)
        for image, path in zip(images, paths, strict=True):
            image.save(path)
    return [str(path) for path in paths]


def plain(error: NovelAIError) -> RuntimeError:
    """Return an error that travels as JSON, for whoever waits for the result."""
    return RuntimeError(f"{error.message} (charged: {error.charged})")


def main(prompts: list[str]) -> None:
    """Queue a picture for each prompt and print where it is."""
    # Parameters are checked here already: what is wrong never reaches the broker.
    wishes = [GenerateImageParams(prompt=prompt) for prompt in prompts]
    for job in [draw.delay(wish.model_dump_json()) for wish in wishes]:
        print(*job.get(), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
