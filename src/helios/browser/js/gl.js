// What WebGL was told to draw: its pixels, and that it is drawn at all. Of documents and workers.
/** @param {Stage} helios */
(helios) => {
  const { native, define } = helios;
  // What a script has bound stays so.
  helios.pixelsOf = (gl, width, height, into) => {
    const two = window.WebGL2RenderingContext && gl instanceof WebGL2RenderingContext;
    const target = two ? gl.READ_FRAMEBUFFER : gl.FRAMEBUFFER;
    const bound = gl.getParameter(two ? gl.READ_FRAMEBUFFER_BINDING : gl.FRAMEBUFFER_BINDING);
    const packed = two ? gl.getParameter(gl.PIXEL_PACK_BUFFER_BINDING) : null;
    const alignment = gl.getParameter(gl.PACK_ALIGNMENT);
    const layout = two ? ["PACK_ROW_LENGTH", "PACK_SKIP_PIXELS", "PACK_SKIP_ROWS"] : [];
    const saved = layout.map((name) => gl.getParameter(gl[name]));
    gl.bindFramebuffer(target, null);
    if (packed) gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
    gl.pixelStorei(gl.PACK_ALIGNMENT, 4);
    for (const name of layout) gl.pixelStorei(gl[name], 0);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, into);
    layout.forEach((name, index) => gl.pixelStorei(gl[name], saved[index]));
    gl.pixelStorei(gl.PACK_ALIGNMENT, alignment);
    if (packed) gl.bindBuffer(gl.PIXEL_PACK_BUFFER, packed);
    gl.bindFramebuffer(target, bound);
  };

  /** @type {Set<WeakRef<WebGLRenderingContext>>} */
  const contexts = new Set();
  for (const owner of [window.HTMLCanvasElement, window.OffscreenCanvas]) {
    if (!owner) continue;
    const known = new WeakSet();
    const nativeGet = owner.prototype.getContext;
    define(owner.prototype, "getContext", function getContext(...args) {
      const context = /** @type {any} */ (nativeGet.apply(this, args));
      if (context?.readPixels && !known.has(context)) {
        known.add(context);
        contexts.add(new WeakRef(context));
      }
      return context;
    });
  }

  // What nobody looks at is not waited for, so unpainted frames would pile up, and the first call that needs
  // an answer would take as long as all of them. Only pixels say that they are drawn. Light frames wait less
  // often, as asking costs too.
  const MOST_AHEAD = 7;
  const QUICK_MS = 2;
  const pixel = new Uint8Array(4);
  let ahead = 0;
  let left = 0;
  helios.catchUp = () => {
    left -= 1;
    if (left >= 0) return;
    const start = native.performanceNow();
    for (const reference of contexts) {
      const context = reference.deref();
      if (!context) contexts.delete(reference);
      else if (!context.isContextLost()) helios.pixelsOf(context, 1, 1, pixel);
    }
    ahead = native.performanceNow() - start < QUICK_MS ? Math.min(2 * ahead + 1, MOST_AHEAD) : 0;
    left = ahead;
  };
}
