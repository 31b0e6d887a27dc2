// Waiting for shared memory without blocking (Atomics.waitAsync): limits of time are the film's, and whoever
// was woken goes on within the frame.
/** @param {Stage} helios */
(helios) => {
  const { define } = helios;
  const { waitAsync, notify } = /** @type {any} */ (Atomics);
  if (!waitAsync) return;
  const later = window.setTimeout;
  const cancel = window.clearTimeout;
  const waiting = new Set();
  /** @type {(value?: unknown) => void} */
  let settled = () => {};
  define(Atomics, "waitAsync", function (array, index, value, limit_ms = Infinity) {
    const wait = waitAsync.call(Atomics, array, index, value, Number(limit_ms) > 0 ? Infinity : 0);
    if (!wait.async) return wait;
    const told = new Promise((resolve) => {
      const isLimited = Number(limit_ms) < Infinity;
      const timer = isLimited ? later(() => { if (waiting.delete(resolve)) resolve("timed-out"); }, limit_ms) : 0;
      waiting.add(resolve);
      wait.value.then((result) => {
        settled();
        cancel(timer);
        // One whose time was over stands in the line all the same: the next one was meant.
        if (waiting.delete(resolve)) resolve(result);
        else Atomics.notify(array, index, 1);
      });
    });
    return { async: true, value: told };
  });
  // Whom a call in another worker wakes cannot be seen there.
  const WAKING_MS = 50;
  helios.awaitWoken = () => {
    if (!waiting.size) return;
    const one = new Promise((resolve) => { settled = resolve; });
    const enough = new Promise((resolve) => { helios.native.setTimeout(resolve, WAKING_MS); });
    helios.waitFor(Promise.race([one, enough]), "Atomics.waitAsync");
  };
  helios.notified = 0;
  define(Atomics, "notify", function (...args) {
    const woken = notify.apply(Atomics, args);
    helios.notified += woken;
    if (woken) helios.awaitWoken?.();
    return woken;
  });
}
