// Workers that a script starts: their time is ours, and messages pass when we say so, in order.
//
// A worker is held when it starts, gets a clock (worker.js), and is told the time over a port of
// its own. Messages wait on either side until an exchange, so that what a worker sees, and when,
// does not depend on how fast the machine is.
/** @param {Stage} helios */
(helios) => {
  const { shared, define, native, config } = helios;
  const MARK = "helios-worker:";
  const links = (shared.links ??= new Set());
  helios.workerMark = MARK;
  const NativeWorker = window.Worker;
  native.Worker = NativeWorker;
  const nativeAdd = EventTarget.prototype.addEventListener;

  // One end of a conversation: what came in waits in `queue`.
  helios.gate = (target) => {
    const gate = /** @type {Gate} */ (/** @type {Partial<Gate>} */ ({ sent: 0, received: 0, queue: [] }));
    nativeAdd.call(target, "message", (/** @type {MessageEvent} */ event) => {
      if (!event.isTrusted) return;
      event.stopImmediatePropagation();
      if (gate.intercept?.(event)) return;
      gate.received += 1;
      gate.queue.push(event);
      gate.wake?.();
    }, true);
    nativeAdd.call(target, "messageerror", () => { gate.received += 1; }, true);
    gate.deliver = async () => {
      const events = gate.queue.splice(0);
      for (const { data, origin, lastEventId, ports } of events) {
        const opened = helios.unwrapCanvases(data);
        target.dispatchEvent(new MessageEvent("message", { data: opened, origin, lastEventId, ports: [...ports] }));
        await helios.turn();
      }
    };
    gate.allCame = async (count) => {
      while (gate.received < count && gate.isAlive?.()) await helios.turn();
    };
    return gate;
  };

  const connect = (worker, url) => {
    const link = /** @type {WorkerLink} */ (helios.gate(worker));
    const { port1, port2 } = new native.MessageChannel();
    const waiting = new Map();
    let next = 0;
    let isEnded = false;
    Object.assign(link, { url, told: 0, isReady: false, hasNews: false, wake: pump });
    link.isAlive = () => !isEnded && helios.isAlive();
    const release = () => {
      for (const resolve of waiting.values()) resolve({ sent: 0, pictures: [], boxes: "", hasHurried: false, hasNotified: false });
      waiting.clear();
    };
    link.end = () => {
      isEnded = true;
      links.delete(link);
      release();
    };
    link.ask = (message) => new Promise((resolve, reject) => {
      const id = next++;
      const alarm = native.setTimeout(() => reject(new helios.NotReady(`worker ${url}`)), config.patience);
      waiting.set(id, (value) => {
        native.clearTimeout(alarm);
        resolve(value);
      });
      native.postMessage.call(port1, { id, ...message });
    });
    const hello = new Promise((resolve) => { waiting.set("hello", resolve); });
    port1.onmessage = ({ data }) => {
      if (data.note) helios.tell(`note ${data.note}`);
      if ("isBlocked" in data) link.isBlocked = data.isBlocked;
      if (data.isBlocked) release();
      if (data.isClosed) link.end();
      if (data.hasNews) link.hasNews = true;
      if (data.id === "hello") link.isReady = true;
      waiting.get(data.id)?.(data);
      waiting.delete(data.id);
      pump();
    };
    let isHeard = false;
    nativeAdd.call(worker, "error", (/** @type {ErrorEvent} */ event) => {
      if (!link.isReady) link.end();
      if (isHeard || worker.onerror) return;
      queueMicrotask(() => {
        if (!event.defaultPrevented) reportError(new Error(`worker ${url}: ${event.message ?? "cannot be loaded"}`));
      });
    });
    define(worker, "addEventListener", function addEventListener(type, ...rest) {
      isHeard ||= type === "error";
      return nativeAdd.call(this, type, ...rest);
    });
    Reflect.apply(nativePost, worker, [MARK, [port2]]);
    links.add(link);
    conversations.set(worker, link);
    helios.waitFor(hello, `worker ${url}`);
  };

  // Outside of frames, while a page loads, messages pass as soon as they can.
  let isPumping = false;
  const pump = () => {
    if (shared.running || isPumping) return;
    isPumping = true;
    native.setTimeout(async () => {
      try {
        while (!shared.running && (await helios.runWorkers(false)));
      } catch {
        // A worker that does not answer is told about by the frame that needs it.
      }
      isPumping = false;
    }, 0);
  };
  const exchange = async (link, isFrame, hurry) => {
    const { sent } = link;
    link.hasNews = false;
    const reply = await link.ask({ now: shared.now, isFrame, sent, isShown: !shared.isReplaying, hurry });
    link.told = sent;
    if (reply.boxes) helios.tell(`boxes ${shared.frame} ${reply.boxes}`);
    await link.allCame(reply.sent);
    helios.showPictures(reply.pictures);
    if (reply.hasNotified) helios.awaitWoken?.();
    return reply.hasHurried;
  };
  /** @type {Promise<unknown>} */
  let tail = Promise.resolve();
  // Lets all workers live up to now, if one has to; gives how many did. With `isFrame` they draw; with
  // `hurry` each runs its next timer though no time passes, of those made since the frame's callbacks
  // ("new") or of all, and it gives how many had one.
  /** @param {boolean} isFrame @param {"" | "new" | "all"} [hurry] */
  helios.runWorkers = (isFrame, hurry = "") => {
    const run = async () => {
      // All or none, in the order of their making: who is quicker must not matter.
      const all = [...links].filter((link) => link.isAlive?.() && !link.isBlocked);
      const isWanted = (link) => isFrame || hurry || link.sent > link.told || link.hasNews || link.queue.length;
      if (!all.every((link) => link.isReady) || !all.some(isWanted)) return 0;
      const hurried = await Promise.all(all.map((link) => exchange(link, isFrame, hurry)));
      // What the page has begun by itself comes before their messages, whichever was the quicker.
      await helios.receiveBetween();
      for (const link of all) await link.deliver();
      return hurry ? hurried.filter(Boolean).length : all.length;
    };
    const result = tail.then(run);
    tail = result.catch(() => {});
    return result;
  };
  if (!NativeWorker) return;

  // What a document asks of the browser in its first moment can arrive before the document does,
  // as they take different ways; a worker that is begun then is lost: it neither runs nor fails.
  // The answer to a load comes after the document, so that the first worker waits for one.
  let hasArrived = !window.Document;
  const arrive = () => {
    if (hasArrived) return;
    hasArrived = true;
    try {
      helios.readNow(config.emptyFile);
    } catch {
      // A page may forbid it: then there was an answer, too.
    }
  };
  const conversations = new WeakMap();
  const nativePost = NativeWorker.prototype.postMessage;
  const nativeEnd = NativeWorker.prototype.terminate;
  function HeliosWorker(url, options) {
    const about = { name: options?.name ?? "", now: shared.now, index: shared.workersMade++,
      epoch: config.epoch, seed: config.seed };
    arrive();
    const marked = { ...options, name: MARK + JSON.stringify(about) };
    const worker = Reflect.construct(NativeWorker, [url, marked], new.target ?? NativeWorker);
    const address = new URL(url, helios.baseUrl()).href;
    helios.noteScript?.(address);
    connect(worker, address.slice(0, 200));
    return worker;
  }
  HeliosWorker.prototype = NativeWorker.prototype;
  Object.defineProperty(HeliosWorker, "name", { value: "Worker", configurable: true });
  define(NativeWorker.prototype, "constructor", HeliosWorker);
  define(window, "Worker", HeliosWorker);
  define(NativeWorker.prototype, "postMessage", function postMessage(message, options) {
    const link = conversations.get(this);
    const wrapped = helios.wrapCanvases(message, options);
    nativePost.call(this, wrapped, options);
    if (!link) return;
    link.sent += 1;
    pump();
  });
  define(NativeWorker.prototype, "terminate", function terminate() {
    conversations.get(this)?.end();
    nativeEnd.call(this);
  });
  if (window.SharedWorker) {
    const NativeShared = window.SharedWorker;
    define(window, "SharedWorker", new Proxy(NativeShared, {
      construct(target, args, newTarget) {
        helios.tell(`note a shared worker (${args[0]}) keeps the machine's time: use a worker instead`);
        return Reflect.construct(target, args, newTarget);
      },
    }));
  }
}
