"""Behind the real Caddy and the real Traefik, with the snippets that are shipped."""

import socket
import time

import pytest
import yaml
from dev_venv import ROOT
from tests.cli.processes import running
from tests.deploy.tools import tool
from tests.server.behind import NAME, named_server, see_that_it_serves

PROXIES = ROOT / "deploy" / "proxies"
OURS = "127.0.0.1:8000"
LONG = 60.0


def caddy(folder, url, port):
    """Return its command: the snippet with another address, and without certificates."""
    text = (PROXIES / "Caddyfile").read_text("utf-8")
    assert OURS in text
    assert f"\n{NAME} {{" in text
    text = text.replace(OURS, url.removeprefix("http://"))
    text = text.replace(f"\n{NAME} {{", f"\nhttp://{NAME}:{port} {{\n\tbind 127.0.0.1")
    file = folder / "Caddyfile"
    file.write_text(f"{{\n\tadmin off\n\tpersist_config off\n}}\n{text}", "utf-8")
    return tool("caddy"), "run", "--config", str(file), "--adapter", "caddyfile"


def traefik(folder, url, port):
    """Return its command: the snippet with another address, and without certificates."""
    told = yaml.safe_load((PROXIES / "traefik.yml").read_text("utf-8"))
    router = told["http"]["routers"]["novelai"]
    (entry,) = router["entryPoints"]
    del router["tls"]
    (server,) = told["http"]["services"]["novelai"]["loadBalancer"]["servers"]
    assert server["url"] == f"http://{OURS}"
    server["url"] = url
    file = folder / "rules.yml"  # by its own name it would be read as the settings
    file.write_text(yaml.safe_dump(told), "utf-8")
    options = (
        f"--entrypoints.{entry}.address=127.0.0.1:{port}",
        f"--providers.file.filename={file}",
        "--global.checknewversion=false",
        "--global.sendanonymoususage=false",
    )
    return tool("traefik"), *options


def answers(port):
    """Tell whether the proxy has read its rules: what it does not know it answers with 404."""
    try:
        with socket.create_connection(("127.0.0.1", port)) as there:
            there.sendall(f"GET /healthz HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
            return there.recv(16).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


@pytest.mark.parametrize("proxy", [caddy, traefik])
def test_the_snippet(proxy, tmp_path):
    """With it everybody needs a key, links name the site, and pictures, streams, sockets work."""
    tool("caddy")  # made before anything waits for it
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with named_server(tmp_path) as (url, secret):
        command = proxy(tmp_path, url, port)
        home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
        with running(*command, cwd=tmp_path, **home) as program:
            ends = time.monotonic() + LONG
            while not answers(port):
                assert program.process.poll() is None, program.output
                assert time.monotonic() < ends, program.output
            see_that_it_serves(port, secret)
