// Observers: what a browser finds out when it updates the rendering.
//
// Frames of the browser's own come when it likes, or, unpainted, not at all. So what they find is kept
// back, and handed to the page at fixed moments of ours, after a frame that we ask for:
// intersections before anything of the next frame, sizes before the picture.
// Pages that use none of it pay nothing.
/** @param {Stage} helios */
(helios) => {
  const { shared, guarded } = helios;
  const crossings = (shared.crossings ??= new Set());
  const sizes = (shared.sizes ??= new Set());
  // The browser's frame is over, with all that it told, when two tasks after its callbacks have run.
  helios.frameOfBrowser = async () => {
    await helios.nativeFrame();
    await helios.turn();
    await helios.turn();
  };

  // ---- IntersectionObserver -------------------------------------------------------------------
  const NativeCrossing = window.IntersectionObserver;
  const stamped = (entry) => Object.defineProperty(entry, "time", { value: shared.now });
  window.IntersectionObserver = class IntersectionObserver extends NativeCrossing {
    #targets = new Map();

    #entries = [];

    #callback;

    #look;

    constructor(callback, options = {}) {
      super(callback, options);
      this.#callback = callback;
      this.#look = new NativeCrossing((entries) => {
        for (const entry of entries) this.#see(entry);
      }, options);
    }

    // Only a crossing of a threshold is told, as seen at two moments of ours.
    #see(entry) {
      const before = this.#targets.get(entry.target);
      if (before === undefined) return;
      const { isIntersecting, intersectionRatio } = entry;
      const passed = this.thresholds.filter((each) => each <= intersectionRatio).length;
      const now = `${isIntersecting ? passed : 0}/${isIntersecting}/${entry.isVisible}`;
      if (now === before) return;
      this.#targets.set(entry.target, now);
      this.#entries.push(stamped(entry));
    }

    observe(target) {
      if (!this.#targets.has(target)) {
        super.observe(target);
        super.unobserve(target);
        this.#targets.set(target, "");
      }
      crossings.add(this);
    }

    unobserve(target) {
      this.#targets.delete(target);
      this.#entries = this.#entries.filter((entry) => entry.target !== target);
      if (!this.#targets.size) crossings.delete(this);
    }

    disconnect() {
      this.#targets.clear();
      this.#entries = [];
      crossings.delete(this);
    }

    takeRecords() { return this.#entries.splice(0); }

    // A fresh observation is always told, with what is so at the frame that comes.
    look() {
      this.#look.disconnect();
      for (const target of this.#targets.keys()) this.#look.observe(target);
    }

    deliver() {
      for (const entry of this.#look.takeRecords()) this.#see(entry);
      this.#look.disconnect();
      const entries = this.takeRecords();
      if (entries.length) guarded(() => this.#callback.call(this, entries, this));
      return entries.length;
    }
  };
  // ---- ResizeObserver -------------------------------------------------------------------------
  const NativeSize = window.ResizeObserver;
  const depthOf = (element) => {
    let depth = 0;
    for (let node = element; node; node = node.parentNode ?? node.host) depth += 1;
    return depth;
  };
  const written = (entry) =>
    JSON.stringify([entry.contentRect, ...[...entry.contentBoxSize, ...entry.borderBoxSize,
      ...entry.devicePixelContentBoxSize].flatMap((box) => [box.inlineSize, box.blockSize])]);
  window.ResizeObserver = class ResizeObserver extends NativeSize {
    #targets = new Map();

    #callback;

    constructor(callback) {
      super((entries) => {
        for (const entry of entries) {
          const target = this.#targets.get(entry.target);
          if (target) target.entry = entry;
        }
      });
      this.#callback = callback;
    }

    observe(target, options) {
      super.observe(target, options);
      this.#targets.set(target, { entry: null, told: "" });
      sizes.add(this);
    }

    unobserve(target) {
      super.unobserve(target);
      this.#targets.delete(target);
      if (!this.#targets.size) sizes.delete(this);
    }

    disconnect() {
      super.disconnect();
      this.#targets.clear();
      sizes.delete(this);
    }

    // Tells of targets that changed deeper in the document than `depth`; gives the least depth told.
    deliver(depth) {
      const entries = [];
      let least = Infinity;
      for (const [element, target] of this.#targets) {
        if (!target.entry) continue;
        const now = written(target.entry);
        const own = depthOf(element);
        if (now === target.told || own <= depth) continue;
        target.told = now;
        least = Math.min(least, own);
        entries.push(target.entry);
      }
      if (entries.length) guarded(() => this.#callback.call(this, entries, this));
      return least;
    }
  };

  // ---- events of such frames --------------------------------------------------------------------
  // While a page loads, frames come by chance: only where it stands at our moment counts.
  const held = (shared.held ??= new Map());
  const known = new WeakMap();
  for (const type of ["contentvisibilityautostatechange", "scrollsnapchange", "scrollsnapchanging"]) {
    window.addEventListener(type, (event) => {
      if (!event.isTrusted) return; // told by us
      event.stopImmediatePropagation();
      if (!held.has(event.target)) held.set(event.target, new Map());
      held.get(event.target).set(type, event);
    }, true);
  }
  const inOrder = (one, other) =>
    (one[0].compareDocumentPosition(other[0]) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1);
  const tellHeld = () => {
    const all = [...held].toSorted(inOrder);
    held.clear();
    let told = 0;
    for (const [target, events] of all) {
      for (const event of events.values()) {
        if ("skipped" in event && known.get(target) === event.skipped) continue;
        known.set(target, event.skipped);
        told += 1;
        target.dispatchEvent(event);
      }
    }
    return told;
  };

  // ---- the moments ------------------------------------------------------------------------------
  // What the last picture has shown, told before time goes on.
  // So is what only a frame works out; what comes into view with one frame is laid out with the next.
  helios.tellCrossings = async () => {
    if (!crossings.size && !shared.needsFrames) return 0;
    const all = [...crossings];
    for (const observer of all) observer.look();
    if (shared.needsFrames) await helios.frameOfBrowser();
    await helios.frameOfBrowser();
    let told = tellHeld();
    for (const observer of all) told += observer.deliver();
    return told;
  };
  // After them: sizes that layout gave to what lies deeper in the document than `depth`; gives the least
  // depth that was told of, Infinity if nothing was.
  helios.tellSizes = async (depth) => {
    if (!sizes.size) return Infinity;
    await helios.frameOfBrowser();
    return Math.min(...[...sizes].map((observer) => observer.deliver(depth)));
  };
}
