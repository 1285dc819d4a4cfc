"""What the text hosts would send, made small."""

import json
from base64 import b64encode

PIECES = ["\n", "Über", " the", " café", " —", " 猫", "🐈", " slept", "."]
ANSWER = "Über the café — 猫🐈 slept."


def event(document, name=None, end="\n"):
    """Return one server-sent event as the service writes it: characters as they are."""
    text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
    head = f"event: {name}{end}" if name else ""
    return f"{head}data: {text}{end}{end}".encode()


def token(text, position, *, final=False, **more):
    """Return one event of a story model."""
    document = {"token": text, "ptr": position, "final": final, "logprobs": None, **more}
    return event(document, "newToken")


def story(pieces=PIECES):
    """Return the events of a whole story, one by one."""
    last = len(pieces) - 1
    return [token(text, index, final=index == last) for index, text in enumerate(pieces)]


def packed(*tokens, width=2):
    return b64encode(b"".join(one.to_bytes(width, "little") for one in tokens)).decode()


def chunk(delta=None, *, index=0, reason=None, tokens=(), **more):
    """Return one chunk of a chat."""
    choice = {
        "index": index,
        "delta": delta or {},
        "finish_reason": reason,
        "token_ids": list(tokens),
    }
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "glm-4-6"}
    return event({**head, "choices": [choice], **more})


def chat(pieces=PIECES, *, reason="stop", done=True):
    """Return the bytes of a whole chat, as captured: role first, usage in the last chunk."""
    usage = {"prompt_tokens": 12, "completion_tokens": len(pieces), "total_tokens": 12}
    events = [chunk({"role": "assistant", "content": ""})]
    events += [chunk({"content": text}, tokens=[7 + at]) for at, text in enumerate(pieces)]
    events.append(chunk(reason=reason, tokens=[151336], usage=usage))
    return b"".join(events) + (event("[DONE]") if done else b"")
