// What a browser tells of its own work: when the document came, what was painted when, what took long. Each
// time it works at other moments, so what came is told as there from the beginning, and of what it painted
// and how long it was busy nothing is told.
/** @param {Stage} helios */
(helios) => {
  const { accessor, define, defineGetter, config } = helios;
  const OF_THE_MACHINE = new Set([
    "element", "event", "first-input", "interaction-contentful-paint", "largest-contentful-paint", "layout-shift",
    "long-animation-frame", "longtask", "paint", "soft-navigation", "visibility-state",
  ]);
  const OF_LOADING = ["navigation", "resource"];
  const MOMENT = /(start|end|complete|interactive)$/i;
  const MEMORY = { jsHeapSizeLimit: 4294967296, totalJSHeapSize: 10000000, usedJSHeapSize: 10000000 };

  const getters = (owner) =>
    Object.entries(Object.getOwnPropertyDescriptors(owner)).filter(([, slot]) => slot.get).map(([name]) => name);
  // The browser's own reads what lies behind the getters.
  const readGetters = (owner, more) =>
    define(owner, "toJSON", function toJSON() {
      return Object.fromEntries([...more, ...getters(owner)].map((name) => [name, this[name]]));
    });
  for (const name of ["startTime", "duration"]) {
    const native = accessor(PerformanceEntry.prototype, name);
    defineGetter(PerformanceEntry.prototype, name, function () {
      return OF_LOADING.includes(this.entryType) ? 0 : native.get.call(this);
    });
  }
  const entry = ["name", "entryType", "startTime", "duration"];
  for (const owner of [PerformanceResourceTiming.prototype, PerformanceNavigationTiming.prototype]) {
    for (const name of getters(owner)) if (MOMENT.test(name)) defineGetter(owner, name, () => 0);
  }
  readGetters(PerformanceResourceTiming.prototype, entry);
  readGetters(PerformanceNavigationTiming.prototype, [...entry, ...getters(PerformanceResourceTiming.prototype)]);
  const timing = window.PerformanceTiming?.prototype;
  if (timing) {
    for (const name of getters(timing)) {
      const native = accessor(timing, name);
      defineGetter(timing, name, function () { return native.get.call(this) && config.epoch; });
    }
    readGetters(timing, []);
  }
  define(Performance.prototype, "toJSON", function toJSON() {
    const { timeOrigin, timing: times, navigation } = this;
    return { timeOrigin, timing: times, navigation };
  });
  if ("memory" in Performance.prototype) defineGetter(Performance.prototype, "memory", () => MEMORY);

  const isOurs = ({ entryType, name }) => entryType === "resource" && name.startsWith(config.ownFiles);
  const isTold = (each) => !OF_THE_MACHINE.has(each.entryType) && !isOurs(each);
  const rank = ({ entryType }) => (OF_LOADING.indexOf(entryType) + 1 || OF_LOADING.length + 1);
  // What was loaded came in an order of chance.
  const compare = (one, other) =>
    one.startTime - other.startTime || rank(one) - rank(other)
    || (one.entryType === "resource" && other.entryType === "resource"
      ? Number(one.name > other.name) - Number(one.name < other.name) : 0);
  const told = (entries) => entries.filter(isTold).toSorted(compare);
  for (const owner of [Performance.prototype, PerformanceObserverEntryList.prototype]) {
    for (const name of ["getEntries", "getEntriesByType", "getEntriesByName"]) {
      const native = owner[name];
      define(owner, name, { [name](...args) { return told(native.apply(this, args)); } }[name]);
    }
  }

  // An observer hears of a mark by a task of the browser's, so a frame waits for that.
  const watching = new Map();
  const heard = (observer) => {
    const seen = watching.get(observer);
    seen?.come?.();
    if (seen) seen.come = null;
  };
  define(window, "PerformanceObserver", new Proxy(PerformanceObserver, {
    construct(target, [callback, ...rest], made) {
      const listen = typeof callback !== "function" ? callback : (list, observer, ...more) => {
        heard(observer);
        if (list.getEntries().length) callback.call(observer, list, observer, ...more);
      };
      return Reflect.construct(target, [listen, ...rest], made);
    },
  }));
  const { observe, disconnect, takeRecords } = PerformanceObserver.prototype;
  define(PerformanceObserver.prototype, "constructor", window.PerformanceObserver);
  define(PerformanceObserver.prototype, "observe", { observe(options) {
    observe.call(this, options);
    const types = watching.get(this)?.types ?? new Set();
    for (const type of options?.entryTypes ?? [options?.type]) types.add(type);
    watching.set(this, { types, come: null });
  } }.observe);
  define(PerformanceObserver.prototype, "disconnect", { disconnect() {
    disconnect.call(this);
    heard(this);
    watching.delete(this);
  } }.disconnect);
  define(PerformanceObserver.prototype, "takeRecords", { takeRecords() {
    heard(this);
    return told(takeRecords.call(this));
  } }.takeRecords);
  for (const type of ["mark", "measure"]) {
    const native = Performance.prototype[type];
    define(Performance.prototype, type, { [type](...args) {
      const made = native.apply(this, args);
      for (const seen of watching.values()) {
        if (!seen.types.has(type) || seen.come) continue;
        helios.waitFor(new Promise((resolve) => { seen.come = resolve; }), `what a PerformanceObserver hears of a ${type}`);
      }
      return made;
    } }[type]);
  }
}
