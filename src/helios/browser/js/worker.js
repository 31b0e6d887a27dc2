(() => {
  const MARK = "helios-worker:";
  if (!self.name.startsWith(MARK)) return;
  const about = JSON.parse(self.name.slice(MARK.length));
  Object.defineProperty(self, "name", { value: about.name, writable: true, configurable: true });
  const config = {/*config*/};
  // Time of a worker counts from its start, and each has chance of its own.
  config.since = about.now;
  config.epoch = about.epoch + about.now;
  config.seed = (about.seed + Math.imul(about.index + 1, 0x9e3779b1)) >>> 0;
  const helios = { config, baseUrl: () => self.location.href };
  // What the parts that pages have too call by these names.
  const window = self;
  // At this early moment some of what a worker has is not there yet.
  for (const name of ["setTimeout", "clearTimeout"]) {
    self[name] ??= (...args) => Object.getPrototypeOf(self)[name].apply(self, args);
  }
  const document = { defaultView: self };
  for (const part of /** @type {((helios: object) => void)[]} */ ([/*parts*/])) part(helios);
})();
