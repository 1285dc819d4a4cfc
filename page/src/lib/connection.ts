/** The server's events: one connection for all tabs, through a SharedWorker where there is one. */

import { type HubMessage, type Listener, Source } from "./eventSource";

/** Start listening. Returns a function that asks for a connection now, which is answered by "open"
 *  once there is one, and a function that stops. */
export function listen(listener: Listener): { retry: () => void; stop: () => void } {
  if ("SharedWorker" in globalThis) {
    try {
      return throughWorker(listener);
    } catch {
      // Some private modes have the name and refuse to make one.
    }
  }
  return alone(listener);
}

function throughWorker(listener: Listener) {
  const worker = new SharedWorker(new URL("./connection.worker.ts", import.meta.url), {
    type: "module",
    name: "novelai-events",
  });
  let plain: ReturnType<typeof alone> | null = null;
  worker.onerror = () => {
    plain ??= alone(listener);
  };
  worker.port.onmessage = ({ data }) => listener(data as HubMessage);
  worker.port.start();
  const leave = () => worker.port.postMessage("leave");
  const join = () => worker.port.postMessage("join");
  join();
  addEventListener("pagehide", leave);
  addEventListener("pageshow", join);
  return {
    retry: () => (plain ? plain.retry() : worker.port.postMessage("retry")),
    stop: () => {
      leave();
      plain?.stop();
      removeEventListener("pagehide", leave);
      removeEventListener("pageshow", join);
    },
  };
}

/** A browser allows six connections to a host: a tab that is not seen gives its own back. */
function alone(listener: Listener) {
  const source = new Source(listener);
  const follow = () => (document.hidden ? source.close() : source.connect());
  document.addEventListener("visibilitychange", follow);
  follow();
  return {
    retry: () => (source.isOpen ? listener({ type: "open" }) : source.connect()),
    stop: () => {
      document.removeEventListener("visibilitychange", follow);
      source.close();
    },
  };
}
