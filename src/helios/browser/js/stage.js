// The stage that the film is taken from: when a frame is, what the page itself does for it, and how
// frames are asked for. What happens in one is frame.js's.
/** @param {Stage} helios */
(helios) => {
  const { config, shared } = helios;
  const STALL_MS = 250;
  // Frame 0 comes after loading, if only by what no sum with a later time can show: pages take a
  // time stamp of 0 for "none yet", or wait for the clock to move before they draw.
  const FIRST_MS = 2 ** -60;
  const fps = config.fpsNum / config.fpsDen;
  // The first double from n/fps on for which the usual ways to count frames give n, not n-1.
  helios.timeOf = (frame) => {
    if (frame === 0) return FIRST_MS;
    let time = (frame * config.fpsDen * 1000) / config.fpsNum;
    const falls = () => Math.floor((time * fps) / 1000) < frame
      || Math.floor((time / 1000) * fps) < frame || Math.floor(time / (1000 / fps)) < frame;
    for (let tries = 0; tries < 8 && falls(); tries += 1) time *= 1 + 2 ** -52;
    return time;
  };
  // A page that waits for a callback inside one of its hooks would wait for ever, for time stands still:
  // callbacks and timers asked for within the hook come at once, and so does what workers and observers
  // have to tell; others come after a long silence.
  /** @param {(frame: number) => any} hook */
  const awaitHook = async (name, frame, hook) => {
    const firstCallback = shared.nextFrameCallback;
    const firstTimer = shared.nextTimer;
    let isSettled = false;
    const begun = hook(frame);
    if (typeof begun?.then !== "function") return;
    const result = Promise.resolve(begun).finally(() => { isSettled = true; });
    result.catch(() => {});
    const goOn = async () => (await helios.runTimers(shared.now))
      || (!shared.pending.size && (helios.runFrameCallbacks(firstCallback)
        || (await helios.runLaterTimer(firstTimer)) || (await helios.runWorkers(false))
        || helios.runIdleCallbacks(shared.frame) || (await helios.tellSizes(0)) < Infinity
        || (await helios.tellCrossings()) || (await helios.runWorkers(false, "new"))));
    let quietSince = helios.native.performanceNow();
    const patience = quietSince + config.patience;
    for (let round = 0; ; round += 1) {
      await helios.settle();
      if (isSettled || helios.native.performanceNow() > patience) break;
      if (await goOn()) quietSince = helios.native.performanceNow();
      else if (round > 3) await new Promise((resolve) => helios.native.setTimeout(resolve, 1));
      if (!shared.pending.size && helios.native.performanceNow() - quietSince > STALL_MS) {
        helios.runFrameCallbacks();
        await helios.runLaterTimer(0);
        await helios.runWorkers(false, "all");
      }
    }
    if (!isSettled) throw new helios.NotReady(`window.helios.${name}()`);
    await result;
  };

  // A page counts its own frames; less than rounding can take away must not show the one before.
  const pageFrame = (frame) => {
    const [rate, per = 1] = (helios.said("fps") ?? "").split("/").map(Number);
    const own = rate / per;
    if (!(own > 0 && own < Infinity) || own === fps) return frame;
    return Math.floor((frame * config.fpsDen * own) / config.fpsNum + 1e-6);
  };
  helios.contract = () => {
    const page = window.helios;
    return page && typeof page === "object" ? page : null;
  };
  helios.runContract = async (frame) => {
    const page = helios.contract();
    if (!page) return;
    // One that follows our clock has its time, between its frames too, and waits to have it; beyond
    // its end it would wait for ever.
    const isOver = shared.now / 1000 > Number(helios.said("duration") ?? Infinity);
    const isBound = page.__helios_bound__ || (page.isVirtualTimeBound && !isOver);
    if (typeof page.seek === "function" && !isBound) {
      await awaitHook("seek", pageFrame(frame), (own) => page.seek?.(own));
    }
    if (typeof page.waitUntilStable === "function") {
      await awaitHook("waitUntilStable", frame, () => page.waitUntilStable?.());
    }
  };

  // Steps never overlap, however early the next one is asked for.
  /** @type {Promise<unknown>} */
  let tail = Promise.resolve();
  /**
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  const inTurn = (work) => {
    const result = tail.then(work);
    tail = result.catch(() => {});
    return result;
  };
  // What cannot be drawn into a canvas hands all frames from then on to another tab, also where nobody
  // reads the first of them: chunks agree.
  const lookForSpoils = () => {
    if (!config.insideCanvas) return;
    shared.spoilt ??= helios.sortsInDepth() || null;
    for (const each of shared.documents) {
      if (each.isAlive()) shared.spoilt ??= each.partCanvases?.() ?? each.filtersFromTop?.();
    }
  };
  // Why the way in which frames are read does not give this one; empty if it does. What is spoilt
  // stays so, for this tab no longer lives as the page would elsewhere.
  const misfit = () => {
    lookForSpoils();
    return shared.spoilt || helios.notAlone();
  };
  // Says whether a canvas that is watched is the whole picture.
  helios.step = (frame) =>
    inTurn(async () => {
      await helios.liveFrame(frame);
      return Boolean(helios.isWatching) && !misfit();
    });
  helios.startReading = () => {
    shared.isReading = true;
    helios.left = null;
  };
  // The copy is on its way while the next step runs; the snapshot it copies does not change.
  // After a frame that cannot be read so, those asked for ahead are not lived through: another tab
  // takes over.
  helios.grab = (frame, slot) =>
    inTurn(async () => {
      if (helios.left) return { written: helios.left };
      if (!shared.spoilt) await helios.liveFrame(frame);
      const reason = misfit();
      if (reason) {
        shared.isReading = false;
        helios.left = { misfit: reason, isSpoilt: Boolean(shared.spoilt) };
        return { written: helios.left };
      }
      await helios.paint?.();
      return { written: helios.read?.(frame, slot) };
    }).then(({ written }) => /** @type {Promise<Written | Misfit>} */ (written));
  // Unpainted frames, as many as fit into `budget` ms of real time; gives the next frame.
  // Pictures of media wait until a frame is taken.
  helios.replay = (from, to, budget) => inTurn(async () => {
    const start = helios.native.performanceNow();
    let frame = from;
    shared.isReplaying = true;
    while (frame < to && !shared.spoilt && helios.native.performanceNow() - start < budget) {
      await helios.liveFrame(frame);
      lookForSpoils();
      for (const each of shared.documents) if (each.isAlive()) each.catchUp();
      frame += 1;
    }
    shared.isReplaying = false;
    // What happens after a step that this tab could not take part in is of no use to anybody.
    return shared.spoilt ? to : frame;
  });
  // Of each of these frames the first of them with the same picture, if the page says.
  helios.looks = (from, to) => inTurn(async () => {
    const page = helios.contract();
    if (typeof page?.pictureId !== "function") return null;
    const first = new Map();
    const looks = [];
    for (let frame = from; frame < to; frame += 1) {
      const id = page.pictureId(pageFrame(frame));
      // Neither undefined nor NaN is the name of a picture.
      if (id === undefined || id !== id || !first.has(id)) first.set(id, frame);
      looks.push(first.get(id));
    }
    return looks;
  });
  helios.twoFrames = async () => {
    await helios.nativeFrame();
    await helios.nativeFrame();
  };
}
