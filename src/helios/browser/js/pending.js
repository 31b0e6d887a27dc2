// What a script is waiting for: a frame is not taken before it has arrived.
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
  for (const name of ["compile", "compileStreaming", "instantiate", "instantiateStreaming"]) {
    const make = window.WebAssembly?.[name];
    if (!make) continue;
    define(WebAssembly, name, function (...args) {
      return helios.waitFor(make.apply(WebAssembly, args), "WebAssembly");
    });
  }
  // Resolves to what is still missing after `timeout` ms of real time: nothing, usually.
  helios.allArrived = async (timeout) => {
    const start = helios.native.performanceNow();
    for (;;) {
      for (const each of shared.documents) if (each.isAlive()) each.watchDocument?.();
      if (shared.pending.size === 0) return [];
      if (helios.native.performanceNow() - start > timeout) return helios.pendingLabels();
      await new Promise((resolve) => helios.native.setTimeout(resolve, 1));
      await helios.settle();
    }
  };
}
