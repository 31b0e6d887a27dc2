// Images and scripts of the document: a frame waits for those that are on their way.
(helios) => {
  const { shared, define } = helios;
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
}
