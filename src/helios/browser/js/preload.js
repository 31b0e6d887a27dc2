// What every document of every page begins with. Its text is always the same, so that a tab's process
// compiles it once; what differs between pages comes after it, as a call (begin.js) of what it leaves.
(() => {
  const PAGE = "helios-page"; // in paint_host.html
  const begin = ((config, props, song) => {
    if (config.insideCanvas && window === window.top) {
      // The document around a page is ours, and stands still: it only says where the page is.
      const page = () => /** @type {HTMLIFrameElement | null} */ (document.getElementById(PAGE))?.contentWindow;
      Object.defineProperty(window, "__helios_stage__", { value: {
        get main() {
          const stage = page()?.__helios_stage__;
          if (stage) return stage;
          throw new (class HeliosPageLeft extends Error {})("the page has left");
        },
      } });
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
