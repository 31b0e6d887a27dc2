// Shared memory (SharedArrayBuffer). The browser gives it to every page, unasked: to ask for it by headers costs
// each tab a second process. A page on disk has it, as if its server had asked; elsewhere only who has asked.
/** @param {Stage} helios */
(helios) => {
  if (self.origin === helios.config.isolatedOrigin) {
    Object.defineProperty(self, "crossOriginIsolated", { get: () => true, configurable: true, enumerable: true });
  } else if (!self.crossOriginIsolated) {
    Reflect.deleteProperty(self, "SharedArrayBuffer");
  }
}
