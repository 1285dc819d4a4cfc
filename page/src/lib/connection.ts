/** The server's events: one connection for all tabs, through a SharedWorker where there is one. */

import { EventStream, type Listener, type Message } from "./eventSource";

/** What a tab asks of the worker. */
export type Request = { type: "join"; after: string } | { type: "leave" } | { type: "retry" };

export interface Connection {
  /** Connect now, if there is no connection; either way "open" follows once there is one. */
  retry: () => void;
  close: () => void;
}

/** Start listening, behind the last event that this tab knows; it is asked again after a pause. */
export function connect(listener: Listener, lastId: () => string): Connection {
  if ("SharedWorker" in globalThis) {
    try {
      return connectThroughWorker(listener, lastId);
    } catch {
      // Some private modes have the name and refuse to make one.
    }
  }
  return connectAlone(listener, lastId);
}

function connectThroughWorker(listener: Listener, lastId: () => string): Connection {
  const worker = new SharedWorker(new URL("./connection.worker.ts", import.meta.url), {
    type: "module",
    name: "novelai-events",
  });
  let alone: Connection | null = null;
  const send = (request: Request) => worker.port.postMessage(request);
  const join = () => send({ type: "join", after: lastId() });
  const leave = () => send({ type: "leave" });
  worker.onerror = () => {
    alone ??= connectAlone(listener, lastId);
  };
  worker.port.onmessage = ({ data }: MessageEvent<Message>) => listener(data);
  worker.port.start();
  join();
  const comeBack = (event: PageTransitionEvent) => event.persisted && join();
  addEventListener("pagehide", leave);
  addEventListener("pageshow", comeBack);
  return {
    retry: () => (alone ? alone.retry() : send({ type: "retry" })),
    close: () => {
      leave();
      alone?.close();
      removeEventListener("pagehide", leave);
      removeEventListener("pageshow", comeBack);
    },
  };
}

/** A browser allows six connections to a host: a tab that is not seen gives its own back. */
function connectAlone(listener: Listener, lastId: () => string): Connection {
  const stream = new EventStream(listener);
  const follow = () => (document.hidden ? stream.close() : stream.connect(lastId()));
  document.addEventListener("visibilitychange", follow);
  follow();
  return {
    retry: () => (stream.isOpen ? listener({ type: "open" }) : stream.connect(lastId())),
    close: () => {
      document.removeEventListener("visibilitychange", follow);
      stream.close();
    },
  };
}
