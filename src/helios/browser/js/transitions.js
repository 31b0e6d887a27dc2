// View transitions begin and end with frames of the browser's own, so those are asked for.
/** @param {Stage} helios */
(helios) => {
  const { shared, define, config } = helios;
  const active = new Set();
  const nativeStart = Document.prototype.startViewTransition;
  if (nativeStart) {
    define(Document.prototype, "startViewTransition", function startViewTransition(...args) {
      if (config.insideCanvas) {
        // This tab has no part in what follows: another method takes over.
        shared.spoilt = "view transitions are not drawn into a canvas";
        const never = new Promise(() => {});
        return { ready: never, finished: never, updateCallbackDone: never, skipTransition() {} };
      }
      if (!config.drawsOnCommand) {
        shared.refusal = "view transitions need frames on command: use --capture beginframe";
        throw new Error(shared.refusal);
      }
      const transition = nativeStart.apply(this, args);
      const entry = { transition, hasBegun: false };
      active.add(entry);
      const end = () => active.delete(entry);
      transition.finished.then(end, end);
      return transition;
    });
  }
  helios.isInTransition = () => active.size > 0;
  // After the callbacks of a frame: transitions that these started have their first picture.
  helios.startTransitions = async () => {
    for (const entry of active) {
      if (entry.hasBegun) continue;
      entry.hasBegun = true;
      const begun = entry.transition.ready.catch(() => {});
      await helios.withFrames(Promise.race([begun, helios.tooLong()]));
    }
  };
  // At the end of one: a transition whose animations have ended is over.
  helios.endTransitions = async () => {
    if (active.size) await helios.twoFrames();
  };
}
