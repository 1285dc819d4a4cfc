/** Things that are done a few in each frame, so that no frame becomes a long one. */

const EACH_FRAME = 6;
const waiting = new Set<() => void>();

function some(): void {
  for (const act of [...waiting].slice(0, EACH_FRAME)) {
    waiting.delete(act);
    act();
  }
  if (waiting.size) requestAnimationFrame(some);
}

/** Do something in one of the next frames. Returns a function that calls it off: what is scrolled
 *  past in the meantime is never asked for. */
export function inTurn(act: () => void): () => void {
  if (!waiting.size) requestAnimationFrame(some);
  waiting.add(act);
  return () => void waiting.delete(act);
}
