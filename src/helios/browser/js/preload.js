// What every document of every page begins with. Its text is always the same, so that a tab's process
// compiles it once; what differs between pages comes after it, as a call (begin.js) of what it leaves.
(() => {
  const begin = ((config, props, song) => {
    if (config.insideCanvas && window === window.top) {
      const host = { config, native: { Worker } };
      Object.defineProperty(window, "__helios_stage__", { value: host });
      for (const part of /** @type {((host: object) => void)[]} */ ([/*host parts*/])) part(host);
      return;
    }
    const helios = /** @type {any} */ ({ config, baseUrl: () => document.baseURI });
    helios.main = helios;
    Object.defineProperty(window, "__helios_stage__", { value: helios, configurable: true });
    window.__HELIOS_PROPS__ = props;
    helios.song = song;
    for (const part of /** @type {((helios: object) => void)[]} */ ([/*parts*/])) part(helios);
  });
  Object.defineProperty(window, "__helios_stage__", { value: begin, configurable: true });
})();
