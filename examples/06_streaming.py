"""Watch a picture come: previews after every step, then the finished file."""

from pathlib import Path

from novelai import NovelAI

with (
    NovelAI() as client,
    # As a context manager the stream is closed even when you leave the loop early.
    client.image.generate_stream(prompt="1girl, cat ears, watercolor") as events,
):
    for event in events:
        if event.event_type == "intermediate":
            print(f"step {event.step} of {event.steps}")
            Path("06_preview.jpg").write_bytes(event.data)  # a JPEG, replaced by the next one
        else:
            event.picture.save("06_streaming.png")
