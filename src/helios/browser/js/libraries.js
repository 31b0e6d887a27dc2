// Libraries that would show nothing at frame 0, because no time has passed since they started.
/** @param {Stage} helios */
(helios) => {
  // p5.js waits for most of 1/60 s before it draws for the first time.
  helios.drawFirst = async () => {
    const sketch = window.p5?.instance;
    if (sketch?.frameCount === 0 && typeof sketch.redraw === "function") await sketch.redraw();
  };
}
