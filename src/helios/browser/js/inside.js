// Inside a worker: it lives when the page says so.
/** @param {Stage} helios */
(helios) => {
  const { shared, native, define, config } = helios;
  const since = /** @type {number} */ (config.since); // given to every worker
  const gate = helios.gate(window);
  let control = null;
  let isInExchange = false;
  gate.isAlive = () => true;
  /** @param {object} message @param {any} [transfer] */
  const say = (message, transfer = []) => control && native.postMessage.call(control, message, transfer);
  gate.intercept = ({ data, ports }) => {
    if (data !== helios.workerMark || control) return false;
    [control] = ports;
    control.onmessage = async (event) => answer(event.data);
    say({ id: "hello" });
    return true;
  };
  gate.wake = () => {};
  // What was asked for since the last frame's callbacks begins there.
  let firstTimer = 0;
  let firstCallback = 0;
  const hurried = async (hurry) => helios.runFrameCallbacks(hurry === "all" ? 0 : firstCallback) > 0
    || helios.runLaterTimer(hurry === "all" ? 0 : firstTimer);
  const live = async ({ now, isFrame, sent, hurry }) => {
    await gate.allCame(sent);
    const time = now - since;
    await helios.runTimers(time);
    shared.now = time;
    await gate.deliver();
    if (isFrame) {
      helios.runFrameCallbacks();
      await helios.settle();
      await helios.runWorkers(true);
    }
    await helios.settle();
    if (isFrame) [firstTimer, firstCallback] = [shared.nextTimer, shared.nextFrameCallback];
    const hasHurried = Boolean(hurry) && (await hurried(hurry));
    for (let round = 0; round < 50; round += 1) {
      const fired = await helios.runTimers(time);
      const missing = shared.pending.size ? await helios.allArrived(config.patience) : null;
      if (missing?.length) say({ note: `a worker is still waiting for ${missing.join(", ")}` });
      const lived = await helios.runWorkers(false);
      if (!missing && !fired && !lived) break;
      await helios.settle();
    }
    return hasHurried;
  };
  const answer = async (message) => {
    shared.running = isInExchange = true;
    const { notified } = helios;
    const hasHurried = await live(message);
    const own = message.isShown ? await helios.takePictures() : [];
    if (!message.isShown && message.isFrame) helios.catchUp();
    const pictures = [...own, ...shared.pictures.splice(0)];
    shared.running = isInExchange = false;
    const boxes = helios.lookForBoxes();
    say({ id: message.id, sent: gate.sent, pictures, boxes, hasHurried,
      hasNotified: helios.notified !== notified }, pictures.map(({ picture }) => picture));
  };
  helios.tell = (text) => text.startsWith("note ") && say({ note: text.slice(5) });

  const nativePost = window.postMessage.bind(window);
  define(window, "postMessage", function postMessage(message, options) {
    nativePost(helios.wrapCanvases(message, options), options);
    gate.sent += 1;
    if (!isInExchange) say({ hasNews: true });
  });
  const nativeClose = window.close.bind(window);
  define(window, "close", function close() {
    say({ isClosed: true });
    nativeClose();
  });
  const nativeWait = Atomics.wait;
  define(Atomics, "wait", function wait(...args) {
    say({
      isBlocked: true,
      note: "a worker waits for shared memory (Atomics.wait): its work is not waited for",
    });
    try {
      return nativeWait.apply(Atomics, args);
    } finally {
      say({ isBlocked: false });
    }
  });
}
