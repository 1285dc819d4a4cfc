"""Text tasks of chat programs that go to a picture model, as Open WebUI and LibreChat word them."""

import json

import httpx2
import pytest
from tests.doors.openai.drawing import SIZE, data_url, opened, png

DRAWN = f"![image]({data_url(png())})"


@pytest.fixture(params=["any model", "pictures only"])
def web(request, keyed):
    """A program whose key may use the account's text model, or may not."""
    limits = {"models": ("nai-diffusion-4-5-full",)} if request.param == "pictures only" else {}
    headers = {"Authorization": f"Bearer {keyed.make_key(**limits)}"}
    with httpx2.Client(base_url=keyed.url, headers=headers, timeout=60) as web:
        web.writes = not limits
        yield web


def history(prompt="a red fox, forest, night, snow"):
    return f"<chat_history>\nUSER: {prompt}\nASSISTANT: {DRAWN}\n</chat_history>"


def task(sentence, member):
    shape = f'### Output:\nJSON format: {{ "{member}": ... }}'
    return f"### Task:\n{sentence}\n{shape}\n### Chat History:\n{history()}"


TITLE = task("Generate a concise title summarizing the chat history.", "title")
TAGS = task("Generate 1-3 broad tags categorizing the main themes of the chat history", "tags")
FOLLOW_UPS = task("Suggest 3-5 relevant follow-up questions or prompts", "follow_ups")


QUERIES = (
    "### Task:\nAnalyze the chat history to determine the necessity of generating search queries\n"
    'respond in the format: { "queries": ["query1", "query2"] }\n### Chat History:\n'
) + history()
COMPLETION = '### Task:\nYou are an autocompletion system.\n{ "text": "…" }\n<text>a re</text>'


def asked(web, text, **more):
    body = {"model": "nai-diffusion-4-5-full", "messages": [{"role": "user", "content": text}]}
    answer = web.post("/v1/chat/completions", json=body | more)
    assert answer.status_code == 200, answer.text
    return answer


def content(answer):
    message = answer.json()["choices"][0]["message"]
    assert "images" not in message
    return message["content"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TITLE, {"title": "a red fox, forest, night"}),
        (TAGS, {"tags": ["a red fox", "forest", "night"]}),
        (FOLLOW_UPS, {"follow_ups": []}),
        (QUERIES, {"queries": []}),
        (COMPLETION, {"text": ""}),
    ],
    ids=["title", "tags", "follow-ups", "queries", "completion"],
)
def test_open_webuis_tasks_are_answered_in_its_json(web, seen, text, expected):
    """Each task gets the JSON that it asks for, and neither draws nor costs anything."""
    answer = asked(web, text, max_tokens=1000)
    assert json.loads(content(answer)) == expected
    assert answer.headers["x-anlas-cost"] == "0"
    assert seen.paid == 0


def test_the_name_of_a_task_is_enough(web, seen):
    """A task that `metadata` names is one, however its prompt was reworded."""
    metadata = {"task": "title_generation", "chat_id": "1"}
    answer = asked(web, f"Name this!\n{history()}", metadata=metadata)
    assert json.loads(content(answer)) == {"title": "a red fox, forest, night"}
    assert seen.paid == 0


@pytest.mark.parametrize(
    "text",
    [
        "Provide a concise, 5-word-or-less title for the conversation, using title case.\n",
        "Analyze this conversation and provide:\n1. The detected language of the conversation\n",
    ],
    ids=["completion", "structured"],
)
def test_librechats_titles_are_text(web, seen, text):
    """LibreChat's title calls get text: the account's text model's where the key may use it."""
    title = content(asked(web, f"{text}\nUser: a red fox\nAI: {DRAWN}"))
    chats = [one for one in seen.emulator.requests if one.path.endswith("/chat/completions")]
    if chats:
        assert "base64" not in json.dumps(chats[0].body)
    assert title == "a red fox" if not chats else 0 < len(title) < 2_000
    assert bool(chats) == web.writes
    assert seen.paid == 0


@pytest.mark.parametrize(
    "text",
    [
        "Your task is to reflect the speaker's likely facial expression through a fitting emoji.",
        "Please generate a concise title (max 40 characters) for a conversation that starts with:",
        "Please generate a four to five word title summarizing our conversation without any",
        "Based on the chat history, give this conversation a name.\nKeep it short",
    ],
    ids=["Open WebUI's emoji", "LibreChat's assistants", "NextChat", "Chatbox"],
)
def test_other_wordings_of_the_last_turn(web, seen, text):
    """Titles and emoji of other programs are text, whatever limit they set."""
    assert content(asked(web, text))
    assert seen.paid == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ('Available Tools: []\n\nReturn {"tool_calls": []}', "Query: a red fox"),
        ("You are a professional conversation summarizer. Generate a concise title", "user: a fox"),
        ("Summarize the conversation into a title in English within 10 words", "a fox"),
        ("Summarize the discussion briefly in 200 words or less", "a fox"),
    ],
    ids=["Open WebUI's tools", "LobeChat", "Cherry Studio", "NextChat"],
)
def test_tasks_in_a_turn_of_the_program(web, seen, words, said):
    """A program's own turn says that a text is wanted of what the user said."""
    turns = [{"role": "system", "content": words}, {"role": "user", "content": said}]
    text = content(asked(web, "", messages=turns))
    assert text if "tool_calls" not in words else json.loads(text) == {"tool_calls": []}
    assert seen.paid == 0


def test_a_title_in_a_schema(web, seen):
    """LibreChat's structured titles get a JSON with the members of their schema."""
    members = {"language": {"type": "string"}, "title": {"type": "string"}}
    schema = {"type": "object", "properties": members, "required": [*members]}
    form = {"type": "json_schema", "json_schema": {"name": "extract", "schema": schema}}
    text = f"Analyze this conversation and provide:\n1. …\n\nUser: a red fox\nAI: {DRAWN}"
    found = json.loads(content(asked(web, text, response_format=form)))
    assert found == {"language": "English", "title": "a red fox"}
    assert seen.paid == 0


@pytest.mark.parametrize(
    "typed", ["a red fox", "\n<user_query>\na red fox\n</user_query>"], ids=["new", "old"]
)
def test_documents_in_front_of_a_prompt_are_no_task(web, seen, typed):
    """Open WebUI puts what it found in front of what was typed: that alone is drawn."""
    found = "### Task:\nRespond to the user query using the provided context, incorporating …\n"
    asked(web, f"{found}<context>\nabout foxes\n</context>\n\n{typed}", size=SIZE)
    (body,) = seen.bodies
    assert body["input"].startswith("a red fox")


def test_a_tiny_limit_and_an_instruction_are_a_task(web, seen):
    """Whoever asks for a title of the conversation in twenty tokens gets no picture."""
    messages = [
        {"role": "user", "content": "a red fox"},
        {"role": "assistant", "content": DRAWN},
        {"role": "user", "content": "Write a short title for this conversation."},
    ]
    for limit in ({"max_tokens": 20}, {"max_completion_tokens": 20}):
        assert content(asked(web, "", messages=messages, **limit))
    assert seen.paid == 0


def test_a_task_may_be_streamed(web, seen):
    """A streamed task is a stream of text that ends as every chat does."""
    answer = asked(web, TAGS, stream=True, stream_options={"include_usage": True})
    lines = [line[6:] for line in answer.text.splitlines() if line.startswith("data: ")]
    assert lines[-1] == "[DONE]"
    found = [json.loads(line) for line in lines[:-1]]
    text = "".join(one["choices"][0]["delta"].get("content", "") for one in found[:-1])
    assert json.loads(text) == {"tags": ["a red fox", "forest", "night"]}
    assert found[-2]["choices"][0]["finish_reason"] == "stop"
    assert found[-1]["usage"]["total_tokens"] == 0
    assert seen.paid == 0


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("a knight whose task is hard, ### Task: written on a scroll", {}),
        ("task, title page of a conversation, chat", {"max_tokens": 20}),
        ("Generate a girl who reads a title page", {"max_tokens": 1000}),
        ("create a fox", {"max_tokens": 16, "metadata": {"task": "poster"}}),
    ],
)
def test_a_prompt_with_the_word_task_is_drawn(web, seen, text, more):
    """What is no instruction about the chat is a prompt, whatever words are in it."""
    message = asked(web, text, size=SIZE, **more).json()["choices"][0]["message"]
    assert opened(message["images"][0]["image_url"]["url"]).size == (512, 512)
    assert seen.paid == 1


def test_a_key_that_may_not_generate_gets_no_text_either(keyed):
    """A task needs the same permission as a picture."""
    headers = {"Authorization": f"Bearer {keyed.make_key(scopes=('read',))}"}
    body = {"model": "nai-diffusion-4-5-full", "messages": [{"role": "user", "content": TITLE}]}
    answer = httpx2.post(f"{keyed.url}/v1/chat/completions", json=body, headers=headers)
    assert answer.status_code == 403
