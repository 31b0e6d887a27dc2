// Why a frame cannot be taken. Python tells these from errors of the page by the names of their
// classes (`_FAILURES` in page.py).
/** @param {Stage} helios */
(helios) => {
  // Of several unpainted frames only the page knows which one it is.
  helios.NotReady = class HeliosNotReady extends Error {
    constructor(missing) {
      const { frame } = helios.shared;
      super(`${frame < 0 ? "while loading" : `frame ${frame}`}: still waiting for ${missing}`);
    }
  };
  helios.NotCaptured = class HeliosNotCaptured extends Error {};
  helios.Refused = class HeliosRefused extends Error {};
}
