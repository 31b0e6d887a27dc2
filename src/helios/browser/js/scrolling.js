// Scrolling and what follows from the size of a window, by our time: the events of the "run the resize
// steps" and "run the scroll steps" of a frame, and queries of media that changed.
// Smooth scrolling is off (`--disable-smooth-scrolling`): its steps would follow the machine's time.
/** @param {Stage} helios */
(helios) => {
  const { shared, accessor, define, guarded } = helios;
  const EVENTS = ["scroll", "scrollend", "resize"];
  const INLINE = EVENTS.map((type) => `[on${type}]`).join();
  const scrolled = (shared.scrolled ??= new Map());
  const nativeAdd = EventTarget.prototype.addEventListener;

  // ---- events: told at our moment, not when the browser happens to draw -------------------------
  for (const type of EVENTS) {
    nativeAdd.call(window, type, (event) => {
      if (!event.isTrusted) return;
      event.stopImmediatePropagation();
      if (!scrolled.has(event.target)) scrolled.set(event.target, new Map());
      scrolled.get(event.target).set(type, event.bubbles);
    }, true);
    for (const owner of [window, Document.prototype, HTMLElement.prototype, SVGElement.prototype,
      HTMLBodyElement.prototype]) {
      const slot = Object.getOwnPropertyDescriptor(owner, `on${type}`);
      const set = slot?.set;
      if (set) Object.defineProperty(owner, `on${type}`, {
        ...slot,
        set(value) {
          shared.hearsScrolling = true;
          set.call(this, value);
        },
      });
    }
  }
  define(EventTarget.prototype, "addEventListener", function addEventListener(type, ...rest) {
    if (EVENTS.includes(type)) shared.hearsScrolling = true;
    return nativeAdd.call(this, type, ...rest);
  });
  // Handlers that stand in the markup: looked for when the document is there, and as they come.
  const hears = (scope) => {
    if (!shared.hearsScrolling && scope.querySelector(INLINE)) shared.hearsScrolling = true;
  };
  window.addEventListener("load", () => hears(document));
  new MutationObserver(() => { shared.hearsScrolling = true; }).observe(document, {
    subtree: true,
    attributeFilter: EVENTS.map((type) => `on${type}`),
  });
  // Markup that came later is only looked at when something scrolls.
  const lookForHandlers = () => {
    for (const scope of [document, ...helios.shadowRoots]) hears(scope);
  };
  for (const [owner, names] of /** @type {[object, string[]][]} */ ([
    [window, ["scroll", "scrollTo", "scrollBy"]],
    [Element.prototype, ["scroll", "scrollTo", "scrollBy", "scrollIntoView"]],
  ])) {
    for (const name of names) {
      const scroll = owner[name];
      define(owner, name, function (...args) {
        lookForHandlers();
        return scroll.apply(this, args);
      });
    }
  }
  for (const name of ["scrollTop", "scrollLeft"]) {
    const slot = accessor(Element.prototype, name);
    Object.defineProperty(Element.prototype, name, {
      ...slot,
      set(value) {
        lookForHandlers();
        slot.set.call(this, value);
      },
    });
  }

  // ---- queries of media ---------------------------------------------------------------------------
  const queries = (shared.mediaQueries ??= new Map());
  const { prototype } = window.MediaQueryList;
  const hear = (query) => {
    if (queries.has(query)) return;
    queries.set(query, query.matches);
    nativeAdd.call(query, "change", (event) => {
      if (event.isTrusted) event.stopImmediatePropagation();
    }, true);
  };
  for (const name of ["addEventListener", "addListener"]) {
    const add = prototype[name];
    define(prototype, name, function (...args) {
      hear(this);
      return add.apply(this, args);
    });
  }
  const onChange = accessor(prototype, "onchange");
  Object.defineProperty(prototype, "onchange", {
    ...onChange,
    set(value) {
      hear(this);
      onChange.set.call(this, value);
    },
  });

  // ---- the moment -----------------------------------------------------------------------------------
  helios.layOut = () => void document.documentElement?.offsetHeight;
  // Before the callbacks of a frame: what scripts have scrolled and sized since the one before.
  helios.tellViewport = async () => {
    if (!shared.hearsScrolling && !queries.size) return;
    // A frame tells of sizes that are known when it begins: whether it was laid out before must not
    // matter.
    for (const each of shared.documents) each.layOut();
    if (shared.hearsScrolling) await helios.frameOfBrowser();
    for (const [target, types] of [...scrolled]) {
      for (const [type, bubbles] of types) target.dispatchEvent(new Event(type, { bubbles }));
    }
    scrolled.clear();
    for (const [query, before] of [...queries]) {
      const { matches, media } = query;
      if (matches === before) continue;
      queries.set(query, matches);
      guarded(() => query.dispatchEvent(new MediaQueryListEvent("change", { matches, media })));
    }
  };
}
