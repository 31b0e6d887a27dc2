// Time, chance and callbacks of one document or worker. Documents of one page share the clock of
// the topmost.
/** @param {Stage} helios */
(helios) => {
  const { config } = helios;
  const native = {
    setTimeout: window.setTimeout.bind(window),
    clearTimeout: window.clearTimeout.bind(window),
    requestAnimationFrame: window.requestAnimationFrame?.bind(window),
    Date: window.Date,
    performanceNow: performance.now.bind(performance),
    MessageChannel: window.MessageChannel,
    postMessage: MessagePort.prototype.postMessage,
  };
  helios.native = native;

  /** @returns {StageShared} */
  const makeShared = () => ({
    now: 0,
    frame: -1,
    timers: [],
    nextTimer: 1,
    nesting: 0,
    frameCallbacks: [],
    nextFrameCallback: 1,
    idleCallbacks: [],
    documents: new Set(),
    posted: 0,
    running: false,
    pumping: false,
    pending: new Map(),
    lacking: new Map(),
    nextPending: 0,
    arrived: 0,
    scripts: new Set(),
    dependencies: new Set(),
    codeBlobs: new Map(),
    workersMade: 0,
    pictures: [],
    heard: [],
    nextVoice: 0,
  });
  let parentShared = null;
  try {
    parentShared = window.parent !== window ? window.parent.__helios_stage__?.shared : null;
  } catch {
    parentShared = null; // another origin: its frames keep a clock of their own, at zero
  }
  const shared = parentShared ?? makeShared();
  helios.shared = shared;
  helios.isRoot = !parentShared;
  shared.documents.add(helios);
  helios.document = document;
  const isAlive = () => helios.document.defaultView !== null;
  helios.isAlive = isAlive;

  const define = (target, name, value) =>
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: true });
  const defineGetter = (target, name, get) =>
    Object.defineProperty(target, name, { get, configurable: true, enumerable: true });
  /** @param {object} owner @param {string} name @returns {Accessor} */
  const accessor = (owner, name) =>
    /** @type {Accessor} */ (Object.getOwnPropertyDescriptor(owner, name)); // what the standard says is there
  const guarded = (call) => {
    try {
      call();
    } catch (error) {
      reportError(error);
    }
  };
  helios.tell = (text) => window.__helios_tell__?.(text);
  // Says which frame an error belongs to, before the browser reports the error itself.
  for (const type of ["error", "unhandledrejection"]) {
    window.addEventListener(type, () => helios.tell(`at ${shared.frame}`), true);
  }
  Object.assign(helios, { accessor, define, defineGetter, guarded });

  // A macrotask: every promise that can settle by itself has settled after it.
  const channel = new native.MessageChannel();
  const turns = [];
  channel.port1.onmessage = () => turns.shift()();
  helios.turn = () =>
    new Promise((resolve) => {
      turns.push(resolve);
      native.postMessage.call(channel.port2, 0);
    });
  helios.nativeFrame = () =>
    new Promise((resolve) => {
      native.requestAnimationFrame(() => resolve());
      if (config.drawsOnCommand) helios.tell("frame wanted");
    });

  // ---- timers: a heap ordered by due time, then by age --------------------------------------
  const before = (a, b) => a.due < b.due || (a.due === b.due && a.order < b.order);
  const push = (timer) => {
    const heap = shared.timers;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (!before(timer, heap[up])) break;
      heap[at] = heap[up];
      at = up;
    }
    heap[at] = timer;
  };
  const pop = () => {
    const heap = shared.timers;
    const first = heap[0];
    const last = heap.pop();
    if (!last || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child += 1;
      if (!before(heap[child], last)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return first;
  };
  const live = (shared.liveTimers ??= new Map());
  const schedule = (handler, delay, args, repeat) => {
    const nesting = shared.nesting + 1;
    let wait = Number(delay) || 0;
    wait = wait > 0 && wait < 2 ** 31 ? Math.trunc(wait * 1e6) / 1e6 : 0;
    if (nesting > 5 && wait < 4) wait = 4;
    if (repeat && wait < 1) wait = 1;
    const timer = {
      id: shared.nextTimer++,
      due: shared.now + wait,
      order: shared.nextTimer,
      handler,
      args,
      nesting,
      wait: repeat ? wait : -1,
      isAlive,
      call: (body, rest) =>
        typeof body === "function" ? body.apply(window, rest) : (0, window.eval)(String(body)),
    };
    live.set(timer.id, timer);
    push(timer);
    if (timer.due <= shared.now) pump();
    return timer.id;
  };
  const EPSILON_MS = 1e-6; // sums of intervals and multiples of the frame time differ in the last bits
  const fire = (timer) => {
    if (!live.has(timer.id) || !timer.isAlive()) return false;
    if (timer.due > shared.now) shared.now = timer.due;
    if (timer.wait >= 0) {
      timer.due += timer.nesting > 5 ? Math.max(timer.wait, 4) : timer.wait;
      timer.nesting += 1;
      push(timer);
    } else {
      live.delete(timer.id);
    }
    shared.nesting = timer.nesting;
    guarded(() => timer.call(timer.handler, timer.args));
    shared.nesting = 0;
    return true;
  };
  const isDue = (until) => shared.timers.length > 0 && shared.timers[0].due <= until + EPSILON_MS;
  helios.runTimers = async (until) => {
    let fired = 0;
    while (isDue(until)) {
      if (fire(pop())) {
        fired += 1;
        await helios.turn();
        await helios.receiveBetween();
        // Transitions begin when styles are worked out. Whether the browser does so between two timers,
        // for a frame of its own, must not matter; pages without any (page.py) need not pay for it.
        if (shared.hasTransitions) for (const each of shared.documents) if (each.isAlive()) each.workOutStyles?.();
      }
    }
    return fired;
  };
  // The next timer made since `from`, without time passing.
  helios.runLaterTimer = async (from) => {
    let next = null;
    for (const timer of shared.timers) {
      if (timer.id >= from && live.has(timer.id) && (!next || before(timer, next))) next = timer;
    }
    if (!next) return false;
    const rest = shared.timers.filter((timer) => timer !== next);
    shared.timers.length = 0;
    rest.forEach(push);
    const now = shared.now;
    fire(next);
    shared.now = now;
    await helios.turn();
    return true;
  };
  // Zero-delay timers run at once, also while the page loads and time stands still.
  const pump = () => {
    if (shared.pumping) return;
    shared.pumping = true;
    native.setTimeout(async () => {
      if (!shared.running) await helios.runTimers(shared.now);
      shared.pumping = false;
      if (!shared.running && isDue(shared.now)) pump();
    }, 0);
  };
  helios.pump = pump;
  define(window, "setTimeout", function setTimeout(handler, delay, ...args) {
    return schedule(handler, delay, args, false);
  });
  define(window, "setInterval", function setInterval(handler, delay, ...args) {
    return schedule(handler, delay, args, true);
  });
  const clear = (id) => void live.delete(Number(id));
  define(window, "clearTimeout", function clearTimeout(id) { clear(id); });
  define(window, "clearInterval", function clearInterval(id) { clear(id); });

  // ---- frames -------------------------------------------------------------------------------
  define(window, "requestAnimationFrame", function requestAnimationFrame(callback) {
    if (typeof callback !== "function") throw new TypeError("requestAnimationFrame needs a function");
    const id = shared.nextFrameCallback++;
    shared.frameCallbacks.push({ id, callback, isAlive });
    return id;
  });
  define(window, "cancelAnimationFrame", function cancelAnimationFrame(id) {
    const found = shared.frameCallbacks.find((entry) => entry.id === id);
    if (found) found.callback = null;
    const running = shared.runningCallbacks?.find((entry) => entry.id === id);
    if (running) running.callback = null;
  });
  helios.runFrameCallbacks = (from = 0) => {
    const callbacks = shared.frameCallbacks.filter((entry) => entry.id >= from);
    shared.frameCallbacks = shared.frameCallbacks.filter((entry) => entry.id < from);
    shared.runningCallbacks = callbacks;
    for (const entry of callbacks) {
      const { callback } = entry;
      if (callback && entry.isAlive()) guarded(() => callback(shared.now));
    }
    shared.runningCallbacks = null;
    return callbacks.length;
  };
  if ("requestIdleCallback" in window) define(window, "requestIdleCallback", function requestIdleCallback(callback, options) {
    const id = shared.nextFrameCallback++;
    const due = options?.timeout > 0 ? shared.now + Number(options.timeout) : Infinity;
    shared.idleCallbacks.push({ id, callback, isAlive, due });
    return id;
  });
  if ("cancelIdleCallback" in window) define(window, "cancelIdleCallback", function cancelIdleCallback(id) {
    shared.idleCallbacks = shared.idleCallbacks.filter((entry) => entry.id !== id);
  });
  // Idle time of a frame is spent by what is done, not by how long that takes here: each callback
  // and each look at what remains takes a little of it.
  const IDLE_MS = 10;
  const IDLE_STEP_MS = 0.1;
  let idle = { frame: -1, left: 0 };
  helios.runIdleCallbacks = (frame) => {
    if (idle.frame !== frame) idle = { frame, left: IDLE_MS };
    const callbacks = shared.idleCallbacks;
    shared.idleCallbacks = [];
    let ran = 0;
    for (const entry of callbacks) {
      const didTimeout = entry.due <= shared.now;
      if (idle.left <= 0 && !didTimeout) {
        shared.idleCallbacks.push(entry);
        continue;
      }
      const spend = () => { idle.left = Math.max(0, idle.left - IDLE_STEP_MS); };
      const timeRemaining = () => {
        spend();
        return idle.left;
      };
      spend();
      ran += 1;
      if (entry.isAlive()) guarded(() => entry.callback({ didTimeout, timeRemaining }));
    }
    return ran;
  };

  // Messages a page sends to itself are how schedulers continue work: a tick waits for them.
  define(MessagePort.prototype, "postMessage", function postMessage(...args) {
    shared.posted += 1;
    return native.postMessage.apply(this, args);
  });
  // The source of a message is the window whose code calls: none of this one's may stand between.
  const { apply } = Reflect;
  define(window, "postMessage", new Proxy(window.postMessage, {
    get apply() {
      shared.posted += 1;
      return apply;
    },
  }));
  helios.settle = async () => {
    for (let count = 0; count < 1000; count += 1) {
      const seen = shared.posted;
      await helios.turn();
      if (shared.posted === seen) return;
    }
  };

  // ---- what the time is ---------------------------------------------------------------------
  const filmTime = () => shared.now;
  const wallClock = () => Math.floor(config.epoch + shared.now);
  const NativeDate = native.Date;
  function HeliosDate(...args) {
    if (!new.target) return new NativeDate(wallClock()).toString();
    return Reflect.construct(NativeDate, args.length ? args : [wallClock()], new.target);
  }
  Object.defineProperties(HeliosDate, Object.getOwnPropertyDescriptors(NativeDate));
  define(HeliosDate, "now", function now() { return wallClock(); });
  Object.defineProperty(HeliosDate, "name", { value: "Date", configurable: true });
  Object.defineProperty(NativeDate.prototype, "constructor", {
    value: HeliosDate, writable: true, configurable: true, enumerable: false,
  });
  Object.defineProperty(window, "Date", {
    value: HeliosDate, writable: true, configurable: true, enumerable: false,
  });
  define(window, "File", new Proxy(File, {
    construct: (target, [bits, name, options], made) =>
      Reflect.construct(target, [bits, name, { lastModified: wallClock(), ...options }], made),
  }));
  if (window.Document) defineGetter(Document.prototype, "lastModified", () => {
    const [year, month, day, time] = new NativeDate(wallClock()).toISOString().split(/[-T.]/);
    return `${month}/${day}/${year} ${time}`;
  });
  // Without a date, formatters take the machine's.
  const formatters = Intl.DateTimeFormat.prototype;
  const nativeFormat = accessor(formatters, "format");
  const formats = new WeakMap();
  defineGetter(formatters, "format", function () {
    const own = nativeFormat.get.call(this);
    if (!formats.has(this)) formats.set(this, (date = wallClock()) => own(date));
    return formats.get(this);
  });
  const nativeParts = formatters.formatToParts;
  define(formatters, "formatToParts", function formatToParts(date = wallClock()) {
    return nativeParts.call(this, date);
  });
  define(Performance.prototype, "now", function now() { return shared.now; });
  const nativeMark = Performance.prototype.mark;
  define(Performance.prototype, "mark", function mark(name, options) {
    return nativeMark.call(this, name, { startTime: shared.now, ...options });
  });
  const nativeMeasure = Performance.prototype.measure;
  // Moments of loading (`domComplete`) may stand for marks; they lie at 0.
  const momentOf = (mark) => (typeof mark === "string" && performance.timing?.[mark] ? 0 : mark);
  define(Performance.prototype, "measure", function measure(name, from, to) {
    const options = typeof from === "object" ? { ...from } : { start: from, end: to };
    options.start = momentOf(options.start);
    options.end = momentOf(options.end);
    if (options.end === undefined && !(options.start !== undefined && options.duration !== undefined)) {
      options.end = shared.now;
    }
    if (options.start === undefined && options.duration === undefined) options.start = 0;
    return nativeMeasure.call(this, name, options);
  });
  defineGetter(Performance.prototype, "timeOrigin", () => config.epoch);
  defineGetter(Event.prototype, "timeStamp", filmTime);
  if (window.Temporal) {
    const { Temporal } = window;
    const instant = () => Temporal.Instant.fromEpochMilliseconds(wallClock());
    const zoned = (zone) => instant().toZonedDateTimeISO(zone ?? Temporal.Now.timeZoneId());
    define(Temporal.Now, "instant", instant);
    define(Temporal.Now, "zonedDateTimeISO", zoned);
    define(Temporal.Now, "plainDateTimeISO", (zone) => zoned(zone).toPlainDateTime());
    define(Temporal.Now, "plainDateISO", (zone) => zoned(zone).toPlainDate());
    define(Temporal.Now, "plainTimeISO", (zone) => zoned(zone).toPlainTime());
  }

  // ---- where it is ---------------------------------------------------------------------------
  // What a page asks for, we answer, though the browser has no network.
  const navigatorClass = Object.getPrototypeOf(navigator);
  defineGetter(navigatorClass, "onLine", () => true);
  if ("webdriver" in navigator) defineGetter(navigatorClass, "webdriver", () => false);
  // Pages choose how much they show by what the machine can do: a film is the same on every machine.
  const MACHINE = [
    [navigatorClass, { hardwareConcurrency: 4, deviceMemory: 8 }],
    [/** @type {any} */ (window).NetworkInformation?.prototype,
      { downlink: 10, effectiveType: "4g", rtt: 50, saveData: false }],
    [/** @type {any} */ (window).BatteryManager?.prototype,
      { charging: true, chargingTime: 0, dischargingTime: Infinity, level: 1 }],
  ];
  for (const [owner, values] of MACHINE) {
    for (const name in values) if (owner && name in owner) defineGetter(owner, name, () => values[name]);
  }

  // ---- secrets -------------------------------------------------------------------------------
  let secret = (config.seed ^ 0x9e3779b9) >>> 0;
  const byte = () => {
    secret = (Math.imul(secret, 1664525) + 1013904223) >>> 0;
    return secret >>> 24;
  };
  define(Crypto.prototype, "getRandomValues", function getRandomValues(array) {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let index = 0; index < bytes.length; index += 1) bytes[index] = byte();
    return array;
  });
  define(Crypto.prototype, "randomUUID", function randomUUID() {
    const hex = Array.from({ length: 16 }, byte);
    hex[6] = (hex[6] & 15) | 64;
    hex[8] = (hex[8] & 63) | 128;
    const text = hex.map((value) => value.toString(16).padStart(2, "0")).join("");
    return text.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
  });
}
