"""ComfyUI's socket where several processes share a database."""

import threading

import httpx2
from tests.doors.serving import serving, settings_for
from tests.doors.test_comfy_socket import STREAM, WHOLE, kinds, listening
from tests.doors.test_comfy_workflows import workflow

from novelai.emulator import Emulator, Fault
from novelai.server.storage.secrets import new_key


def test_a_socket_of_one_process_tells_of_prompts_of_another(postgres_url, tmp_path):
    """Whichever process takes a prompt, its client hears of it, previews and node names too."""
    emulator = Emulator(fast=True)
    goes_on = threading.Event()
    emulator.script(Fault(stall=goes_on, at="after", path=STREAM))
    graph = workflow()
    graph["12:7"] = graph.pop("9")
    with emulator.serve() as address:
        shared = {"database": postgres_url, "secret_key": new_key()}
        settings = settings_for(emulator, address, tmp_path, **shared)
        with serving(settings) as heard, serving(settings) as asked, listening(heard.url) as me:
            body = {"prompt": graph, "client_id": me.name}
            body["extra_data"] = {"preview_method": "auto"}
            prompt_id = httpx2.post(f"{asked.url}/prompt", json=body).json()["prompt_id"]
            told = me.until_picture()
            goes_on.set()
            told += me.until_over(prompt_id)
            assert kinds(told, prompt_id) == WHOLE
            assert "12:7" in me.get(f"/history/{prompt_id}").json()[prompt_id]["outputs"]
