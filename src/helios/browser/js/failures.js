// Why a frame cannot be taken. Python tells these from errors of the page by the names of their
// classes (`_FAILURES` in page.py).
/** @param {Stage} helios */
(helios) => {
  helios.NotReady = class HeliosNotReady extends Error {};
  helios.NotCaptured = class HeliosNotCaptured extends Error {};
}
