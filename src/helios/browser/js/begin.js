// Lets what preload.js has left begin, with all that differs between pages.
/** @type {any} */ (window.__helios_stage__)({/*config*/}, {/*props*/}, {/*song*/});
