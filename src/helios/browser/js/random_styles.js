// random() in styles: the browser's own chance, which has no seed that could be set.
/** @param {Stage} helios */
(helios) => {
  const { shared } = helios;
  const RANDOM = /(?<![-\w])random\((?!\s*fixed\b)/;
  const imported = (sheet) => [...sheet.cssRules].filter((rule) => rule instanceof CSSImportRule && rule.styleSheet)
    .map((rule) => /** @type {CSSImportRule} */ (rule).styleSheet);
  const count = (sheet) => imported(sheet).reduce((sum, each) => sum + count(each), sheet.cssRules.length);
  const isRandom = (sheet) => [...sheet.cssRules].some(({ cssText }) => RANDOM.test(cssText)) || imported(sheet).some(isRandom);
  const read = new WeakMap();
  const hasNewRandom = (sheet) => {
    try {
      const rules = count(sheet);
      if (read.get(sheet) === rules) return false;
      read.set(sheet, rules);
      return isRandom(sheet);
    } catch {
      return false; // of another origin
    }
  };
  const throwsDice = (scope) => [...scope.styleSheets, ...scope.adoptedStyleSheets].some(hasNewRandom)
    || [...scope.querySelectorAll(`[style*="random("]`)].some((each) => RANDOM.test(each.getAttribute("style")));
  let isTold = false;
  // Only of pages whose code has the word: scripts mean functions of their own by it.
  helios.watchRandomStyles = () => {
    if (isTold || !shared.mayThrowDice) return;
    isTold = [document, ...helios.shadowRoots].some(throwsDice);
    if (isTold) helios.tell("note random() in a style has other values in each run and chunk: "
      + "write random(fixed 0.3, ...), or set the value by a script");
  };
}
