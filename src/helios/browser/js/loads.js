// What documents load, whoever asks for it: attributes, styles, key frames, shadow roots.
//
// The browser tells of every load that it begins (modules.js); nothing else does. Scripts and images that
// the page itself waits for are followed from the moment they are asked for.
/** @param {Stage} helios */
(helios) => {
  const { shared, accessor, define, config } = helios;
  const nativeDecode = HTMLImageElement.prototype.decode;
  define(HTMLImageElement.prototype, "decode", function decode() {
    return helios.waitInOrder(nativeDecode.call(this), "decode", `image ${this.currentSrc || this.src}`, { isSure: true });
  });

  const shown = { isOnlyShown: true };
  const ENDS = ["load", "error"];
  const short = (url) => (url.startsWith("data:") ? `${url.slice(0, 30)}...` : url);
  const listen = EventTarget.prototype.addEventListener; // a script's own tells what the page handles
  const settledBy = (element) =>
    new Promise((resolve) => {
      listen.call(element, "load", resolve, { once: true });
      listen.call(element, "error", resolve, { once: true });
    });
  // Not decode(): it waits for a frame, and painting decodes by itself.
  /** @param {HTMLImageElement} image @returns {Promise<void>} */
  const settled = (image) =>
    new Promise((resolve) => {
      if (image.complete) resolve();
      settledBy(image).then(() => resolve());
    });
  helios.loaded = settled;

  // ---- images -------------------------------------------------------------------------------
  const labelOf = (image) => `image ${short(image.currentSrc || image.src)}`;
  const awaitImage = (image) => {
    if (!image.complete) helios.waitFor(settled(image), labelOf(image), shown);
  };
  // One of a template, or that is lazy and in no document, is not asked for.
  const isComing = (image) => image.ownerDocument.defaultView && (image.loading !== "lazy" || image.isConnected)
    && Boolean(image.getAttribute("src") || image.getAttribute("srcset"));
  // A film has no visitor who may never scroll there.
  const watchImage = (image) => {
    if (image.loading === "lazy" && image.isConnected) image.loading = "eager";
    if (image.loading !== "lazy") awaitImage(image);
  };
  for (const name of ["src", "srcset"]) {
    const slot = accessor(HTMLImageElement.prototype, name);
    const setNative = (image, value) => slot.set.call(image, value);
    if (name === "src") helios.nativeSetSrc = setNative;
    else helios.nativeSetSrcset = setNative;
    Object.defineProperty(HTMLImageElement.prototype, name, {
      ...slot,
      set(value) {
        slot.set.call(this, value);
        if (isComing(this)) helios.tellInOrder(this, ENDS, { label: labelOf(this), how: shown });
        else helios.askNoMore(this);
        watchImage(this);
      },
    });
  }
  // Pictures of styles and of SVG have no element to ask: another request for the same address joins
  // the load that is under way.
  const ownRequests = new Map();
  helios.pictureThere = (url) => {
    const image = new Image();
    ownRequests.set(url, (ownRequests.get(url) ?? 0) + 1);
    helios.nativeSetSrc(image, url);
    return settled(image);
  };
  const isOwnRequest = (url) => {
    const count = ownRequests.get(url) ?? 0;
    if (count > 1) ownRequests.set(url, count - 1);
    else ownRequests.delete(url);
    return count > 0;
  };
  const awaitPicture = (url) => {
    if (isOwnRequest(url)) return;
    if (!/\.png([?#]|$)/i.test(url)) helios.noteMoving?.(url); // that of many pictures, hardly ever one that moves
    helios.waitFor(helios.pictureThere(url), `picture ${url}`, shown);
  };
  // Of what is inside the page, only the kind of the address is told, of our own requests too. What has
  // been asked for is held, so that it is never asked for again while it is shown.
  const innerPictures = new Map();
  const awaitInnerPictures = () => {
    const urls = helios.stylePictures();
    for (const url of innerPictures.keys()) if (!urls.has(url)) innerPictures.delete(url);
    for (const url of urls.keys()) {
      if (!url.startsWith("blob:") || innerPictures.has(url)) continue;
      const image = new Image();
      innerPictures.set(url, image);
      helios.nativeSetSrc(image, url);
      helios.waitFor(settled(image), `picture ${url}`, shown);
    }
  };

  // ---- scripts that a script adds; those of the page itself are there when it has loaded -------
  const arrived = new WeakSet();
  for (const type of ["load", "error"]) {
    document.addEventListener(type, ({ target }) => target && arrived.add(target), true);
  }
  let isLoaded = false;
  window.addEventListener("load", () => { isLoaded = true; });
  const noteScript = (url) => {
    shared.scripts.add(url);
    helios.tell(`script ${url}`);
  };
  helios.noteScript = noteScript;
  // Those that a script adds would run as they come, which is the machine's order.
  const asyncSlot = accessor(HTMLScriptElement.prototype, "async");
  const runs = ({ type, noModule }) => /^$|javascript|module/.test(type) && !noModule;
  const saidAsync = new WeakMap();
  const runInOrder = (script) => {
    if (!saidAsync.has(script)) saidAsync.set(script, asyncSlot.get.call(script));
    asyncSlot.set.call(script, false);
    helios.tellInOrder(script, ENDS, { isUnderWay: () => script.isConnected && runs(script) });
  };
  Object.defineProperty(HTMLScriptElement.prototype, "async", {
    ...asyncSlot,
    get() { return saidAsync.get(this) ?? asyncSlot.get.call(this); },
    set(value) {
      if (saidAsync.has(this)) saidAsync.set(this, Boolean(value));
      else asyncSlot.set.call(this, value);
    },
  });
  const scriptSrc = accessor(HTMLScriptElement.prototype, "src");
  Object.defineProperty(HTMLScriptElement.prototype, "src", {
    ...scriptSrc,
    set(value) {
      scriptSrc.set.call(this, value);
      runInOrder(this);
      noteScript(this.src);
      shared.hasAsked = true; // once it is in the document
    },
  });
  const known = new WeakSet();
  const watchScript = (script) => {
    if (!script.src || known.has(script)) return;
    known.add(script);
    noteScript(script.src);
    if (arrived.has(script)) return;
    if (isLoaded) helios.waitFor(settledBy(script), `script ${script.src}`);
  };

  // ---- style sheets that a script adds: the browser tells of them a little later ---------------
  const askedSheets = new Set();
  const linkHref = accessor(HTMLLinkElement.prototype, "href");
  Object.defineProperty(HTMLLinkElement.prototype, "href", {
    ...linkHref,
    set(value) {
      linkHref.set.call(this, value);
      if (!this.relList.contains("stylesheet")) return;
      helios.tellInOrder(this, ENDS, { isUnderWay: () => this.isConnected && !this.disabled && Boolean(this.getAttribute("href")) });
      askedSheets.add(this);
      shared.hasAsked = true; // once it is in the document
    },
  });
  const watchSheets = () => {
    for (const link of askedSheets) {
      if (!link.isConnected) continue;
      askedSheets.delete(link);
      if (!link.sheet && !link.disabled) helios.waitFor(settledBy(link), `style sheet ${link.href}`, shown);
    }
  };

  // Only secure contexts have worklets: a page over plain http from another machine has none.
  if (window.Worklet) {
    const { addModule } = Worklet.prototype;
    define(Worklet.prototype, "addModule", function (url, ...more) {
      const { href } = new URL(url, document.baseURI);
      noteScript(href);
      if (config.insideCanvas && this === CSS.paintWorklet) {
        shared.spoilt ??= "paint worklets do not draw into a canvas"; // another method takes over
      }
      // Ours comes first in each of its global scopes, of which a paint worklet has several.
      const added = addModule.call(this, config.workletFile).then(() => addModule.call(this, url, ...more));
      return helios.waitFor(added, `worklet ${short(href)}`);
    });
  }

  // ---- frames, objects, style sheets -----------------------------------------------------------
  const sourceOf = (frame) => `${frame.src ?? frame.data ?? ""}\n${frame.srcdoc ?? ""}`;
  const sources = new WeakMap();
  const coming = new Map(); // each with what to call when it is taken away before it comes
  const noteForeign = (frame) => {
    if (!frame.isConnected || frame.localName !== "iframe" || frame.contentDocument) return;
    helios.tell(`foreign ${frame.src || `with srcdoc ${frame.srcdoc.trim().slice(0, 40)}`}`);
  };
  const watchFrame = (frame) => {
    if (frame.loading === "lazy") frame.loading = "eager";
    const source = sourceOf(frame);
    if (sources.get(frame) === source) return;
    const isFirst = !sources.has(frame);
    sources.set(frame, source);
    if (isFirst && arrived.has(frame)) {
      noteForeign(frame);
      return;
    }
    if (source === "\n") return;
    const left = new Promise((resolve) => { coming.set(frame, resolve); });
    const come = settledBy(frame).then(() => {
      coming.delete(frame);
      noteForeign(frame);
    });
    helios.waitFor(Promise.race([come, left]), `frame ${short(source.trim())}`, shown);
  };
  const leaveGone = () => {
    for (const [frame, leave] of coming) {
      if (frame.isConnected) continue;
      coming.delete(frame);
      leave();
    }
  };
  const scopes = () => [document, ...helios.shadowRoots];
  const awaitObjects = () => {
    for (const scope of scopes()) for (const object of scope.querySelectorAll("object, embed")) watchFrame(object);
  };
  // Unlike frames they ask for what they show a little after they have been laid out.
  const embedded = ["object", "embed"].map((name) => document.getElementsByTagName(name));
  const laidOut = new WeakSet();
  const awaitPlugins = () => {
    const fresh = embedded.flatMap((list) => [...list]).filter((object) => !laidOut.has(object));
    if (!fresh.length) return;
    for (const object of fresh) laidOut.add(object);
    helios.layOut();
    const later = () => new Promise((resolve) => { helios.native.setTimeout(resolve, 0); });
    helios.waitFor(later().then(later), "objects", shown);
  };
  const isImporting = (sheet) => {
    try {
      return [...sheet.cssRules].some((rule) => rule instanceof CSSImportRule
        && (!rule.styleSheet || isImporting(rule.styleSheet)));
    } catch {
      return false; // of another origin
    }
  };
  // Gives whether there is any that comes from there.
  helios.awaitSheets = (url) => {
    // Only the kind is told of what is in the page.
    const isFrom = ({ href }) => href === url || (!url.includes(":") && href.startsWith(`${url}:`));
    let hasFound = false;
    for (const scope of scopes()) {
      const owners = /** @type {NodeListOf<HTMLLinkElement>} */ (scope.querySelectorAll("link[rel~=stylesheet i], style"));
      for (const owner of owners) {
        const isLinked = owner.localName === "link" && isFrom(owner);
        const isOnItsWay = owner.sheet ? isImporting(owner.sheet) : isLinked;
        hasFound ||= isLinked || isOnItsWay;
        if (isOnItsWay) helios.waitFor(settledBy(owner), `style sheet ${url}`, shown);
      }
    }
    return hasFound;
  };

  // ---- what the browser tells (modules.js hears it) ----------------------------------------------
  helios.loadsBegun = {
    "img-src": ({ blockedURI: url }) => {
      if (url === "blob") awaitInnerPictures();
      else if (/^https?:/.test(url)) awaitPicture(url);
    },
    "object-src": awaitObjects,
    "font-src": () => helios.waitFor(document.fonts.ready, "fonts", shown),
  };

  const watched = new WeakSet();
  const bars = document.getElementsByTagName("progress");
  const watchBar = (bar) => {
    if (watched.has(bar) || !bar.matches(":indeterminate") || getComputedStyle(bar).appearance === "none") return;
    watched.add(bar);
    helios.tell("note <progress> without a value moves by the machine's time: give it a value, or a look of its own "
      + "with appearance: none");
  };
  const frames = document.getElementsByTagName("iframe");
  helios.watchDocument = () => {
    for (const script of document.scripts) watchScript(script);
    watchSheets();
    for (const image of document.images) {
      if (watched.has(image)) continue;
      watched.add(image);
      watchImage(image);
    }
    leaveGone();
    for (const frame of frames) watchFrame(frame);
    for (const bar of bars) watchBar(bar);
    awaitPlugins();
    for (const root of helios.shadowRoots) {
      for (const element of root.querySelectorAll("img, iframe")) {
        if (element.localName === "iframe") watchFrame(element);
        else watchImage(element);
      }
    }
    // Laying out the text that needs a font asks for it.
    if (document.fonts.size) helios.layOut();
    if (document.fonts.status === "loading") helios.waitFor(document.fonts.ready, "fonts");
  };
}
