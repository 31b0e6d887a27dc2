// What the page is waiting for: a frame is not taken before it has arrived.
(helios) => {
  const { define } = helios;
  const pending = new Map();
  const shared = helios.shared;
  shared.pending ??= pending;
  let next = 0;
  helios.waitFor = (promise, label) => {
    const id = `${Math.trunc(performance.now())}:${next++}:${label}`;
    shared.pending.set(id, label);
    const done = () => shared.pending.delete(id);
    promise.then(done, done);
    return promise;
  };
  helios.pendingLabels = () => [...new Set(shared.pending.values())];

  const nativeFetch = window.fetch;
  helios.nativeFetch = nativeFetch.bind(window);
  define(window, "fetch", function fetch(...args) {
    const target = args[0] instanceof Request ? args[0].url : String(args[0]);
    return helios.waitFor(nativeFetch.apply(window, args), `fetch ${target}`);
  });
  for (const name of ["arrayBuffer", "blob", "bytes", "formData", "json", "text"]) {
    const read = Response.prototype[name];
    if (!read) continue;
    define(Response.prototype, name, function (...args) {
      return helios.waitFor(read.apply(this, args), `body of ${this.url}`);
    });
  }
  const nativeSend = XMLHttpRequest.prototype.send;
  define(XMLHttpRequest.prototype, "send", function send(...args) {
    const ended = new Promise((resolve) => this.addEventListener("loadend", resolve, { once: true }));
    helios.waitFor(ended, "XMLHttpRequest");
    return nativeSend.apply(this, args);
  });
  if (window.createImageBitmap) {
    const nativeCreate = window.createImageBitmap;
    define(window, "createImageBitmap", function createImageBitmap(...args) {
      return helios.waitFor(nativeCreate.apply(window, args), "createImageBitmap");
    });
  }
  const nativeLoad = FontFace.prototype.load;
  define(FontFace.prototype, "load", function load() {
    return helios.waitFor(nativeLoad.call(this), `font ${this.family}`);
  });
  const nativeDecode = HTMLImageElement.prototype.decode;
  define(HTMLImageElement.prototype, "decode", function decode() {
    return helios.waitFor(nativeDecode.call(this), `image ${this.currentSrc || this.src}`);
  });

  const settledBy = (element) =>
    new Promise((resolve) => {
      element.addEventListener("load", resolve, { once: true });
      element.addEventListener("error", resolve, { once: true });
    });
  // Not decode(): it waits for a frame, and painting decodes by itself.
  const settled = (image) =>
    new Promise((resolve) => {
      if (image.complete) resolve();
      settledBy(image).then(resolve);
    });
  helios.loaded = settled;
  const watchImage = (image) => {
    if (!image.complete && image.loading !== "lazy") {
      helios.waitFor(settled(image), `image ${image.currentSrc || image.src}`);
    }
  };
  for (const name of ["src", "srcset"]) {
    const slot = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, name);
    if (name === "src") helios.nativeSetSrc = (image, value) => slot.set.call(image, value);
    Object.defineProperty(HTMLImageElement.prototype, name, {
      ...slot,
      set(value) {
        slot.set.call(this, value);
        watchImage(this);
      },
    });
  }
  // Scripts that a script adds; those of the page itself are there when it has loaded.
  const arrived = new WeakSet();
  for (const type of ["load", "error"]) {
    document.addEventListener(type, (event) => arrived.add(event.target), true);
  }
  let isLoaded = false;
  window.addEventListener("load", () => { isLoaded = true; });
  shared.scripts ??= new Set();
  helios.noteScript = (url) => {
    shared.scripts.add(url);
    helios.tell(`script ${url}`);
  };
  const scriptSrc = Object.getOwnPropertyDescriptor(HTMLScriptElement.prototype, "src");
  Object.defineProperty(HTMLScriptElement.prototype, "src", {
    ...scriptSrc,
    set(value) {
      scriptSrc.set.call(this, value);
      helios.noteScript(this.src);
    },
  });
  const known = new WeakSet();
  const watchScript = (script) => {
    if (!script.src || known.has(script)) return;
    known.add(script);
    helios.noteScript(script.src);
    if (arrived.has(script)) return;
    if (isLoaded) helios.waitFor(settledBy(script), `script ${script.src}`);
  };
  const watched = new WeakSet();
  helios.watchDocument = () => {
    for (const script of document.scripts) watchScript(script);
    for (const image of document.images) {
      if (watched.has(image)) continue;
      watched.add(image);
      watchImage(image);
    }
    if (document.fonts.status === "loading") helios.waitFor(document.fonts.ready, "fonts");
  };
  // Resolves to what is still missing after `timeout` ms of real time: nothing, usually.
  helios.allArrived = async (timeout) => {
    const start = helios.native.performanceNow();
    for (;;) {
      for (const each of shared.documents) if (each.isAlive()) each.watchDocument();
      if (shared.pending.size === 0) return [];
      if (helios.native.performanceNow() - start > timeout) return helios.pendingLabels();
      await new Promise((resolve) => helios.native.setTimeout(resolve, 1));
      await helios.settle();
    }
  };
}
