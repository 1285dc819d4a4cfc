/** One connection to the server for all tabs of this browser. */

import { type HubMessage, Source } from "./eventSource";

const ports = new Set<MessagePort>();
const source = new Source((message) => {
  for (const port of ports) port.postMessage(message);
});

function join(port: MessagePort): void {
  ports.add(port);
  const message: HubMessage = { type: source.isOpen ? "open" : "down" };
  if (source.isOpen) port.postMessage(message);
  source.connect();
}

function leave(port: MessagePort): void {
  ports.delete(port);
  if (ports.size > 0) return;
  source.close();
  source.forget();
}

addEventListener("connect", (event) => {
  const port = (event as MessageEvent).ports[0];
  if (!port) return;
  port.onmessage = ({ data }) => {
    if (data === "join") join(port);
    else if (data === "leave") leave(port);
    else if (source.isOpen) port.postMessage({ type: "open" } satisfies HubMessage);
    else source.connect();
  };
  port.start();
});
