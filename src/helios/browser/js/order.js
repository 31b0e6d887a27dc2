// Events that tell a script of what it has asked for come in the order of asking: which of two loads is
// the quicker is the machine's.
/** @param {Stage} helios */
(helios) => {
  const { accessor, define, guarded } = helios;
  const listen = EventTarget.prototype.addEventListener;
  const dispatch = EventTarget.prototype.dispatchEvent;
  const asked = new Map(); // in the order of asking
  const heard = new WeakSet();
  const copy = (event) => new (event instanceof ProgressEvent ? ProgressEvent : Event)(event.type, event);

  const leave = (target) => {
    const entry = asked.get(target);
    if (!entry) return;
    asked.delete(target);
    helios.native.clearTimeout(entry.limit);
    entry.hasTold?.();
    goOn();
  };
  const first = () => {
    for (const [target, entry] of asked) if (entry.isUnderWay?.() ?? true) return target;
    return null;
  };
  let isGoingOn = false;
  const goOn = async () => {
    if (isGoingOn) return;
    isGoingOn = true;
    for (;;) {
      await helios.turn();
      const target = first();
      const entry = asked.get(target);
      if (!entry?.isReady) break;
      for (const event of entry.events) guarded(() => dispatch.call(target, event));
      if (asked.get(target) === entry) leave(target); // unless it asked for something else
    }
    isGoingOn = false;
  };
  const hear = (event) => {
    const { currentTarget: target, type } = event;
    const entry = asked.get(target);
    if (!entry || !event.isTrusted || (type === "readystatechange" && target.readyState !== 4)) return;
    const isLast = entry.ends.includes(type);
    if (first() === target && !entry.events.length) {
      if (isLast) leave(target);
      return;
    }
    event.stopImmediatePropagation();
    entry.events.push(copy(event));
    entry.isReady ||= isLast;
    if (entry.isReady) goOn(); // one that has become the first since it was told of progress
  };
  // At an element, listeners of capture come before others, whenever they were added.
  const hearFrom = (target, types) => {
    if (heard.has(target)) return;
    heard.add(target);
    for (const type of types) listen.call(target, type, hear, true);
  };
  // `ends`: what it is told of at the end; `isUnderWay`: whether it is asked for yet; with a label, a
  // frame waits for it (`how`: see `waitFor`).
  helios.tellInOrder = (target, ends, { label, how, isUnderWay }) => {
    leave(target);
    const entry = { ends, isUnderWay, events: [], isReady: false };
    asked.set(target, entry);
    if (label) helios.waitFor(new Promise((resolve) => { entry.hasTold = resolve; }), label, how);
    const { patience } = helios.config;
    entry.limit = helios.native.setTimeout(() => asked.get(target) === entry && leave(target), patience);
    hearFrom(target, ends);
  };
  helios.askNoMore = leave;

  // What lies at an address, byte for byte as a text, while everything waits. A page's policy may forbid it.
  const NativeRequest = XMLHttpRequest;
  const { open, send, overrideMimeType } = NativeRequest.prototype;
  const statusOf = accessor(NativeRequest.prototype, "status").get;
  const textOf = accessor(NativeRequest.prototype, "responseText").get;
  helios.readNow = (address) => {
    const reading = new NativeRequest();
    open.call(reading, "GET", address, false);
    overrideMimeType.call(reading, "text/plain; charset=x-user-defined");
    send.call(reading);
    if (statusOf.call(reading) !== 200) throw new Error(`${address}: ${statusOf.call(reading)}`);
    return textOf.call(reading);
  };

  // Elsewhere the first to be added comes first.
  const TYPES = ["readystatechange", "progress", "load", "error", "timeout", "abort", "loadend"];
  window.XMLHttpRequest = new Proxy(XMLHttpRequest, {
    construct(...args) {
      const made = Reflect.construct(...args);
      hearFrom(made, TYPES);
      return made;
    },
  });
  define(XMLHttpRequest.prototype, "constructor", XMLHttpRequest);
  const request = XMLHttpRequest.prototype;
  const synchronous = new WeakSet();
  define(request, "open", function (method, url, isAsync = true, ...more) {
    if (isAsync) synchronous.delete(this);
    else synchronous.add(this);
    return open.call(this, method, url, isAsync, ...more);
  });
  define(request, "send", function (...args) {
    send.apply(this, args);
    if (synchronous.has(this)) return;
    helios.tellInOrder(this, ["loadend"], { label: "XMLHttpRequest" });
  });
}
