// The caret of a field that is written in blinks by our clock: half a second seen, half a second not,
// beginning anew with each move.
/** @param {Stage} helios */
(helios) => {
  const { shared } = helios;
  const HALF_MS = 500;
  const sheets = ["* { caret-animation: manual !important }", "* { caret-color: transparent !important }"].map((rule) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(rule);
    sheet.disabled = true;
    return sheet;
  });
  const focused = () => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element;
  };
  // Focus that a browser takes away with the next frame of its own.
  helios.holdsLostFocus = () => {
    const element = focused();
    if (!element || element === document.body || element === document.documentElement) return false;
    return !element.checkVisibility({ visibilityProperty: true }) || element.matches(":disabled, [inert] *, [inert]")
      || (element instanceof HTMLDialogElement && !element.open);
  };
  const isWritten = (element) =>
    element instanceof HTMLElement && (element.isContentEditable || /^(input|textarea)$/i.test(element.tagName));
  let last = [];
  let since = 0;
  helios.blinkCaret = () => {
    const element = focused();
    if (!isWritten(element)) return;
    const selection = getSelection();
    const field = /** @type {HTMLInputElement} */ (element);
    const place = [element, field.value, field.selectionStart, field.selectionEnd,
      selection?.focusNode, selection?.focusOffset];
    if (place.some((value, index) => value !== last[index])) since = shared.now;
    last = place;
    const there = document.adoptedStyleSheets;
    if (!there.includes(sheets[0])) there.push(...sheets);
    sheets[0].disabled = false;
    const isHidden = Math.floor((shared.now - since + 1e-3) / HALF_MS) % 2 === 1;
    if (sheets[1].disabled === isHidden) sheets[1].disabled = !isHidden;
  };
}
