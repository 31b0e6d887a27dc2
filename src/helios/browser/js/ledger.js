// The ledger of pending work: everything that was begun, in a page or a worker, and has not come yet.
// A frame is taken when the ledger is empty, or when the time that it may wait has run out.
/** @param {Stage} helios */
(helios) => {
  const { shared } = helios;
  const LOOK_MS = 4;
  const BETWEEN_MS = 1000; // it may need a timer that comes later
  const { pending, lacking } = shared;
  // `isOnlyShown`: a picture can do without it, as a visitor's would while it is on its way. What a
  // script waits for decides what the script does next, so that without it no frame is right. `isSure`:
  // the browser works it out by itself; however long that takes here, it comes.
  helios.waitFor = (promise, label, { isOnlyShown = false, isSure = false } = {}) => {
    const id = shared.nextPending++;
    pending.set(id, { label, isOnlyShown, isSure });
    const done = () => {
      lacking.delete(id);
      shared.arrived += 1;
      if (pending.delete(id)) shared.wakeLedger?.();
    };
    promise.then(done, done);
    return promise;
  };
  // What can come in any order, for none needs another, comes in the order in which it was asked for:
  // scripts see the last that came. `kind`: what the order is kept among.
  const lines = new Map();
  helios.waitInOrder = (promise, kind, label, how = {}) => {
    const before = lines.get(kind);
    const inOrder = before ? before.then(() => promise) : promise;
    lines.set(kind, inOrder.then(() => {}, () => {}));
    return helios.waitFor(inOrder, label, how);
  };
  const labels = (entries) => [...new Set([...entries].map(({ label }) => label))];
  helios.pendingLabels = () => labels(pending.values());
  /** @returns {Promise<void>} */
  const oneLeft = () =>
    new Promise((resolve) => {
      shared.wakeLedger = resolve;
      helios.native.setTimeout(resolve, LOOK_MS);
    });
  // Resolves to what is still missing after `timeout` ms of real time, or after `most` while something
  // is sure to come: nothing, usually.
  helios.allArrived = async (timeout, most = timeout) => {
    const start = helios.native.performanceNow();
    for (;;) {
      for (const each of shared.documents) if (each.isAlive()) each.watchDocument?.();
      if (pending.size === 0) return [];
      const limit = [...pending.values()].some(({ isSure }) => isSure) ? most : timeout;
      if (helios.native.performanceNow() - start > limit) return helios.pendingLabels();
      await oneLeft();
      await helios.settle();
    }
  };
  // Between two timers of one frame: what the first has begun comes before the second runs.
  helios.receiveBetween = async () => {
    if (!shared.running || !(pending.size || shared.hasAsked)) return;
    shared.hasAsked = false;
    await helios.allArrived(BETWEEN_MS, Math.max(BETWEEN_MS, helios.config.patience / 2));
  };
  // The time has run out: pictures go on without what is only shown; gives what cannot be done without.
  helios.goOnWithout = () => {
    for (const [id, entry] of pending) {
      if (!entry.isOnlyShown) continue;
      pending.delete(id);
      lacking.set(id, entry);
    }
    return helios.pendingLabels();
  };
  helios.tellLacking = () => {
    for (const label of labels(lacking.values())) helios.tell(`without ${shared.frame} ${label}`);
  };
}
