// What is asked of a page once, while it is inspected.
/** @param {Stage} helios */
(helios) => {
  helios.renderer = () => {
    const gl = document.createElement("canvas").getContext("webgl");
    if (!gl) return "";
    const names = gl.getExtension("WEBGL_debug_renderer_info");
    return gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
  };
}
