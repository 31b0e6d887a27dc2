(() => {
  const helios = { config: {/*config*/}, baseUrl: () => document.baseURI };
  Object.defineProperty(window, "__helios_stage__", { value: helios, configurable: true });
  window.__HELIOS_PROPS__ = {/*props*/};
  helios.song = {/*song*/};
  for (const part of /** @type {((helios: object) => void)[]} */ ([/*parts*/])) part(helios);
})();
