/** One connection to the server for all tabs of this browser. */

import type { Request } from "./connection";
import { EventLog } from "./eventLog";
import { EventStream, type Message } from "./eventSource";

const ports = new Set<MessagePort>();
const log = new EventLog();
const stream = new EventStream((message) => {
  if (message.type === "event") log.add(message.event);
  for (const port of ports) port.postMessage(message);
});

function send(port: MessagePort, message: Message): void {
  port.postMessage(message);
}

function join(port: MessagePort, after: string): void {
  if (ports.size === 0) log.begin(after);
  else if (after) sendMissed(port, after);
  ports.add(port);
  if (stream.isOpen) send(port, { type: "open" });
  stream.connect(after);
}

/** Bring a tab up to where the others are. */
function sendMissed(port: MessagePort, after: string): void {
  const missed = log.after(after);
  const events = missed ?? [{ event: "reset", data: {} } as const];
  for (const event of events) send(port, { type: "event", event });
}

function leave(port: MessagePort): void {
  ports.delete(port);
  if (ports.size > 0) return;
  stream.close();
  stream.forget();
}

addEventListener("connect", (event) => {
  const port = (event as MessageEvent).ports[0];
  if (!port) return;
  port.onmessage = ({ data }: MessageEvent<Request>) => {
    if (data.type === "join") join(port, data.after);
    else if (data.type === "leave") leave(port);
    else if (stream.isOpen) send(port, { type: "open" });
    else stream.connect();
  };
  port.start();
});
