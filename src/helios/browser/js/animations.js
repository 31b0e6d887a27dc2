// CSS animations, transitions, WAAPI and inline SMIL follow our clock.
//
// The browser's own document timeline is frozen at zero from the start (Animation.setPlaybackRate),
// so an animation stands still wherever it is put, keeps its play state, and finishes by itself. In the browser
// of who looks at a page (live.js) nobody can freeze it: there each runs so slowly that it stands as still.
/** @param {Stage} helios */
(helios) => {
  const { config, shared, accessor, define, defineGetter } = helios;
  // Less than rounding can take away: a step that falls on a frame's time has happened by then.
  const NUDGE_MS = 1e-5;
  // More than the browser rounds to.
  const NOT_OVER_MS = 0.01;
  const EVENTS = /^(animation(start|end|iteration|cancel)|transition(run|start|end|cancel)|finish)$/;
  const currentTime = accessor(Animation.prototype, "currentTime");
  const startTime = accessor(Animation.prototype, "startTime");
  const timelineTime = accessor(AnimationTimeline.prototype, "currentTime");
  const getTime = (animation) => currentTime.get.call(animation);
  // By name: an element that moved into a frame brings the classes of another window along.
  const isDocumentTimeline = (timeline) =>
    Object.prototype.toString.call(timeline) === "[object DocumentTimeline]";
  const isOurs = (animation) => isDocumentTimeline(animation.timeline);

  // By a power of two, so that the page finds the rates that it has given.
  const SLOWLY = 2 ** -30;
  const nativeRate = accessor(Animation.prototype, "playbackRate");
  const slowed = new WeakSet();
  // `time`: where it was before the browser's time line took it along.
  const slow = (animation, time = getTime(animation)) => {
    if (!config.timelineRuns || slowed.has(animation) || !isOurs(animation)) return;
    slowed.add(animation);
    nativeRate.set.call(animation, nativeRate.get.call(animation) * SLOWLY);
    currentTime.set.call(animation, time);
  };
  const rate = !config.timelineRuns ? nativeRate : /** @type {Accessor} */ ({
    ...nativeRate,
    get() { return nativeRate.get.call(this) / (slowed.has(this) ? SLOWLY : 1); },
    set(value) { nativeRate.set.call(this, Number(value) * (slowed.has(this) ? SLOWLY : 1)); },
  });
  // However slowly, it may go on by what a browser rounds to.
  const isAsLeft = config.timelineRuns
    ? (time, left) => time === left || Math.abs(time - left) < NOT_OVER_MS
    : (time, left) => time === left;

  // Only the document's own time line stands still, so that what is put on another one of its kind is on
  // that in truth, and the other says from when it counts.
  const origins = new WeakMap();
  const lines = new WeakMap();
  const originOf = (timeline) => origins.get(timeline) ?? 0;
  const timeFor = (animation) => shared.now - originOf(lines.get(animation));
  const onOurs = (timeline) => (origins.has(timeline) ? document.timeline : timeline);
  const keepLine = (animation, timeline) => {
    if (origins.has(timeline)) lines.set(animation, timeline);
    else lines.delete(animation);
    return animation;
  };
  window.DocumentTimeline = new Proxy(DocumentTimeline, {
    construct(target, [options, ...rest], made) {
      const timeline = Reflect.construct(target, [options, ...rest], made);
      origins.set(timeline, Number(options?.originTime ?? 0));
      return timeline;
    },
  });
  // Their time is what it was when a frame of the browser's own began.
  for (const name of ["ScrollTimeline", "ViewTimeline"]) {
    if (window[name]) define(window, name, new Proxy(window[name], {
      construct(...args) {
        shared.needsFrames = true;
        return Reflect.construct(...args);
      },
    }));
  }
  window.Animation = new Proxy(Animation, {
    construct(target, args, made) {
      const [effect, timeline] = args;
      if (!origins.has(timeline)) return Reflect.construct(target, args, made);
      return keepLine(Reflect.construct(target, [effect, document.timeline], made), timeline);
    },
  });
  define(Animation.prototype, "constructor", window.Animation);
  define(DocumentTimeline.prototype, "constructor", window.DocumentTimeline);
  const lineSlot = accessor(Animation.prototype, "timeline");
  Object.defineProperty(Animation.prototype, "timeline", {
    ...lineSlot,
    get() { return lines.get(this) ?? lineSlot.get.call(this); },
    set(timeline) {
      const start = this.startTime;
      act(this, () => lineSlot.set.call(this, onOurs(timeline)));
      keepLine(this, timeline);
      if (isDocumentTimeline(timeline) && typeof start === "number") this.startTime = start;
    },
  });
  defineGetter(AnimationTimeline.prototype, "currentTime", function () {
    return isDocumentTimeline(this) ? shared.now - originOf(this) : timelineTime.get.call(this);
  });
  const eventTime = accessor(AnimationPlaybackEvent.prototype, "timelineTime");
  defineGetter(AnimationPlaybackEvent.prototype, "timelineTime", function () {
    return eventTime.get.call(this) === null ? null : timeFor(this.target);
  });
  // What scripts play goes on where it shows nothing too: when it is over, or in no document.
  const played = new Set();
  Object.defineProperty(Animation.prototype, "startTime", {
    configurable: true,
    enumerable: true,
    get() {
      catchUp(this);
      const start = startTime.get.call(this);
      if (start === null || typeof start !== "number" || !isOurs(this)) return start;
      return timeFor(this) - (getTime(this) ?? 0) / (this.playbackRate || 1);
    },
    set(value) {
      act(this, () => {
        startTime.set.call(this, value === null || !isOurs(this) ? value : value - timeFor(this));
        if (slowed.has(this) && value !== null) currentTime.set.call(this, (timeFor(this) - value) * rate.get.call(this));
      });
    },
  });

  // Shadow roots are not part of document.getAnimations().
  const roots = new Set();
  helios.shadowRoots = roots;
  const nativeAttach = Element.prototype.attachShadow;
  define(Element.prototype, "attachShadow", function attachShadow(init) {
    const root = nativeAttach.call(this, init);
    roots.add(root);
    return root;
  });
  helios.findShadowRoots = (scope = document) => {
    for (const element of scope.querySelectorAll("*")) {
      if (element.shadowRoot) {
        roots.add(element.shadowRoot);
        helios.findShadowRoots(element.shadowRoot);
      }
    }
  };

  // The first element that a selector matches, in the document or in any shadow root.
  helios.select = (selector) => {
    try {
      document.createDocumentFragment().querySelector(selector);
    } catch {
      throw new helios.Refused(`--selector: '${selector}' is no CSS selector; write canvas, #ID or .CLASS`);
    }
    helios.findShadowRoots();
    const found = [document, ...roots].flatMap((scope) => [...scope.querySelectorAll(selector)])
      .filter((element) => element.isConnected);
    if (found.length > 1) {
      helios.tell(`note the selector ${selector} matches ${found.length} elements: the first is taken`);
    }
    return found[0] ?? null;
  };

  let hasListeners = false;
  const nativeAdd = EventTarget.prototype.addEventListener;
  define(EventTarget.prototype, "addEventListener", function addEventListener(type, ...rest) {
    if (EVENTS.test(type)) hasListeners = true;
    return nativeAdd.call(this, type, ...rest);
  });
  for (const owner of [Animation.prototype, HTMLElement.prototype, SVGElement.prototype, window]) {
    for (const name of Object.keys(owner)) {
      if (!name.startsWith("on") || !EVENTS.test(name.slice(2))) continue;
      const slot = Object.getOwnPropertyDescriptor(owner, name);
      const set = slot?.set;
      if (!set) continue;
      Object.defineProperty(owner, name, {
        ...slot,
        set(value) {
          hasListeners = true;
          set.call(this, value);
        },
      });
    }
  }

  const states = new WeakMap();
  let adopted = [];
  const phase = (animation) => {
    const timing = animation.effect?.getComputedTiming();
    return timing ? `${timing.currentIteration}/${timing.progress === null}/${animation.playState}` : "";
  };
  const placeOf = (state, time) => {
    const passed = time - state.since;
    return state.base + (passed > NUDGE_MS ? passed + NUDGE_MS : 0) * state.rate;
  };
  const advance = (animation, state) => {
    currentTime.set.call(animation, placeOf(state, shared.now));
    state.last = getTime(animation);
  };
  // Its state of play is not asked for: the browser would first work out styles, and begin transitions from
  // where those that they take the place of were in the frame before. One that was stopped has no start.
  const goesOn = (animation, state) =>
    state.isRunning && startTime.get.call(animation) !== null && isOurs(animation)
    && isAsLeft(getTime(animation), state.last) && animation.playbackRate === state.rate;
  const put = (animation, time = getTime(animation)) => {
    states.set(animation, {
      base: typeof time === "number" ? time : 0,
      since: shared.now,
      rate: animation.playbackRate,
      last: time,
      isRunning: animation.playState === "running",
    });
  };
  // A script that asks between two frames finds it at the time of asking.
  const catchUp = (animation) => {
    const state = states.get(animation);
    if (state && goesOn(animation, state)) advance(animation, state);
  };
  // What was played or paused is so from a frame of the browser's own on: its `ready`, `startTime` and
  // `pending` wait for that. Such a frame comes by chance, and unpainted not at all, so it is so now.
  const begin = (animation) => {
    if (!animation.pending || !isOurs(animation)) return;
    const time = getTime(animation);
    if (animation.playState !== "paused") startTime.set.call(animation, 0);
    currentTime.set.call(animation, time);
    if (states.has(animation)) put(animation);
  };
  const scriptHasEnded = Promise.resolve();
  const note = (animation) => {
    slow(animation);
    played.add(animation);
    scriptHasEnded.then(() => begin(animation));
  };
  // One that changes an animation which has begun acts at its time, not at that of the next frame.
  const act = (animation, change) => {
    catchUp(animation);
    note(animation);
    try {
      return change();
    } finally {
      if (states.has(animation)) put(animation);
    }
  };
  for (const [name, slot] of /** @type {[string, Accessor][]} */ ([["currentTime", currentTime], ["playbackRate", rate]])) {
    Object.defineProperty(Animation.prototype, name, {
      ...slot,
      get() {
        if (name === "currentTime") catchUp(this);
        return slot.get.call(this);
      },
      set(value) {
        act(this, () => slot.set.call(this, value));
      },
    });
  }
  const RATE_AFTER = {
    updatePlaybackRate: (_, value) => value,
    reverse: (before) => -before,
  };
  for (const name of [
    "play", "pause", "finish", "cancel", "reverse", "updatePlaybackRate", "commitStyles",
  ]) {
    const method = Animation.prototype[name];
    define(Animation.prototype, name, function (...args) {
      return act(this, () => {
        const before = rate.get.call(this);
        const result = method.apply(this, args);
        // A browser waits with a new rate until its compositor is ready.
        const after = RATE_AFTER[name]?.(before, ...args);
        if (after !== undefined && isOurs(this)) rate.set.call(this, after);
        return result;
      });
    });
  }
  const { animate } = Element.prototype;
  define(Element.prototype, "animate", function (frames, options, ...rest) {
    const timeline = options?.timeline;
    const given = origins.has(timeline) ? { ...options, timeline: document.timeline } : options;
    const animation = keepLine(animate.apply(this, [frames, given, ...rest]), timeline);
    note(animation);
    return animation;
  });
  // Before the frame callbacks: put every animation where it is at the new time. First all are
  // asked, then all are moved: a question after a move has the browser work out styles anew.
  helios.updateAnimations = () => {
    const moving = adopted.filter((animation) => goesOn(animation, states.get(animation)));
    const before = hasListeners ? moving.map(phase) : [];
    for (const animation of moving) advance(animation, states.get(animation));
    return before.some((was, index) => phase(moving[index]) !== was);
  };
  // Before anything of a frame: transitions that are under way are where they are at its time. One that
  // takes the place of another goes on from where that is when styles are worked out, and a browser may do
  // so for a frame of its own at any moment until then. It must not tell of beginnings and ends as yet.
  const isTransition = (animation) => Object.prototype.toString.call(animation) === "[object CSSTransition]";
  helios.moveTransitions = (time) => {
    const moving = adopted.filter((animation) => isTransition(animation) && goesOn(animation, states.get(animation)));
    const limits = moving.map((animation) => animation.effect.getComputedTiming());
    moving.forEach((animation, index) => {
      const { delay, endTime } = limits[index];
      const state = states.get(animation);
      const now = getTime(animation);
      if (now < delay || now >= endTime || state.rate < 0) return;
      currentTime.set.call(animation, Math.min(placeOf(state, time), endTime - NOT_OVER_MS));
      state.last = getTime(animation);
    });
  };
  // Asking for animations is what has styles worked out without a layout.
  helios.workOutStyles = () => void document.getAnimations();
  // Of what the browser itself builds (`::details-content`), it tells only whoever speaks its protocol
  // (inner_animations.py); such begin with a frame of its own.
  helios.adoptAnimation = (animation) => { played.add(animation); };
  const INNER_MS = 1000;
  helios.innerAdopted = () => shared.wakeInner?.();
  helios.takeInner = async () => {
    await helios.frameOfBrowser(); // within which they begin
    await /** @type {Promise<void>} */ (new Promise((resolve) => {
      shared.wakeInner = resolve;
      helios.native.setTimeout(resolve, INNER_MS);
      helios.tell("animations wanted");
    }));
  };
  // After them: new animations begin now; changed ones go on from where the page put them.
  helios.scanAnimations = () => {
    played.forEach(begin);
    let found = document.getAnimations();
    for (const root of roots) {
      if (!root.host.isConnected) continue;
      const inside = root.getAnimations();
      if (inside.length) found = found.concat(inside);
    }
    if (played.size) found = [...new Set([...found, ...played])];
    let fresh = false;
    for (const animation of found) {
      slow(animation, 0);
      begin(animation);
      const time = getTime(animation);
      const state = states.get(animation);
      const isRunning = animation.playState === "running";
      if (state && isRunning && state.isRunning && isAsLeft(time, state.last) && animation.playbackRate === state.rate) {
        continue;
      }
      fresh ||= !state;
      put(animation, time);
    }
    for (const animation of played) if (animation.playState !== "running") played.delete(animation);
    adopted = found;
    return fresh && hasListeners;
  };

  // ---- inline SMIL ----------------------------------------------------------------------------
  // Each outermost <svg> has a clock of its own, from when it came into the page on.
  const { pauseAnimations, setCurrentTime } = SVGSVGElement.prototype;
  const clocks = new WeakMap();
  const outermost = (element) => {
    let svg = element;
    while (svg?.ownerSVGElement) svg = svg.ownerSVGElement;
    return svg;
  };
  const clockOf = (svg) => {
    if (!clocks.has(svg)) {
      clocks.set(svg, { base_s: 0, since: shared.frame > 0 ? shared.now : 0, isPaused: false });
      pauseAnimations.call(svg);
    }
    return clocks.get(svg);
  };
  const svgTime = (svg) => {
    const { base_s, since, isPaused } = clockOf(svg);
    return base_s + (isPaused ? 0 : (shared.now - since) / 1000);
  };
  const setClock = (svg, change) => {
    Object.assign(clockOf(svg), { base_s: svgTime(svg), since: shared.now, ...change });
    setCurrentTime.call(svg, svgTime(svg));
  };
  for (const [name, change] of /** @type {[string, (seconds?: number) => object][]} */ ([
    ["pauseAnimations", () => ({ isPaused: true })],
    ["unpauseAnimations", () => ({ isPaused: false })],
    ["setCurrentTime", (seconds) => ({ base_s: Math.max(0, Number(seconds) || 0) })],
  ])) define(SVGSVGElement.prototype, name, function (seconds) { setClock(outermost(this), change(seconds)); });
  define(SVGSVGElement.prototype, "animationsPaused", function animationsPaused() {
    return clockOf(outermost(this)).isPaused;
  });
  define(SVGSVGElement.prototype, "getCurrentTime", function getCurrentTime() { return svgTime(outermost(this)); });
  // What a script begins or ends is so from the moment of asking on.
  for (const name of ["beginElement", "beginElementAt", "endElement", "endElementAt"]) {
    const method = SVGAnimationElement.prototype[name];
    define(SVGAnimationElement.prototype, name, function (...args) {
      const svg = outermost(this);
      if (svg instanceof SVGSVGElement) setCurrentTime.call(svg, svgTime(svg));
      return method.apply(this, args);
    });
  }
  let images = null;
  let seenImages = 0;
  const inShadow = () => [...roots].flatMap((root) => [...root.querySelectorAll("svg")]);
  const setSvg = (svg) => {
    if (svg.ownerSVGElement || !svg.setCurrentTime) return;
    pauseAnimations.call(svg);
    setCurrentTime.call(svg, svgTime(svg));
  };
  helios.updateSmil = () => {
    images ??= document.getElementsByTagName("svg");
    seenImages = images.length;
    for (const svg of images) setSvg(svg);
    for (const svg of inShadow()) setSvg(svg);
  };
  // Those that came in this frame begin with it.
  helios.beginSmil = () => {
    if (!images || images.length === seenImages) return;
    seenImages = images.length;
    for (const svg of images) if (!svg.ownerSVGElement && svg.setCurrentTime && !clocks.has(svg)) setSvg(svg);
  };
}
