// What would make a film wrong without anybody being told.
(helios) => {
  const { shared } = helios;

  shared.drawn ??= new Set();
  const nativeGet = HTMLCanvasElement.prototype.getContext;
  helios.define(HTMLCanvasElement.prototype, "getContext", function getContext(kind, ...rest) {
    const context = nativeGet.call(this, kind, ...rest);
    if (context?.isContextLost) shared.drawn.add(new WeakRef(context));
    return context;
  });
  const checkContexts = () => {
    for (const reference of shared.drawn) {
      const context = reference.deref();
      if (!context) shared.drawn.delete(reference);
      // Libraries give contexts up on purpose when they take a canvas away.
      else if (context.isContextLost() && context.canvas.isConnected) {
        const kind = context.drawImage ? "2d" : "WebGL";
        throw new Error(`HeliosCapture:a canvas lost its ${kind} context; what it showed is gone`);
      }
    }
  };
  const { tick } = helios;
  helios.tick = async (frame) => {
    await tick(frame);
    checkContexts();
  };
}
