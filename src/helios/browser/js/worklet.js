// What a worklet knows of time and chance besides what it is called with; the first of its modules.
(() => {
  const helios = { config: {/*config*/} };
  for (const part of /** @type {((helios: object) => void)[]} */ ([/*parts*/])) part(helios);
  const { epoch } = helios.config;
  Date.now = () => epoch;
  globalThis.Date = new Proxy(Date, {
    construct: (date, words, asked) => Reflect.construct(date, words.length ? words : [epoch], asked),
    apply: (date) => new date(epoch).toString(),
  });
  // A picture may be painted once or often, by either of two worklets: it is the same each time.
  const { registerPaint } = globalThis;
  if (!registerPaint) return;
  globalThis.registerPaint = (name, Painter) => registerPaint.call(globalThis, name, class extends Painter {
    paint(...what) {
      helios.beginChance();
      return super.paint(...what);
    }
  });
})();
