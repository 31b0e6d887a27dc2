// Looks: what was changed of each template, with undo and redo, and two of each to compare.

const UNTOUCHED = { look: {}, other: {}, side: "A" };

/** Changes of templates, by template: the props of their films. */
export class Looks {
  constructor(onChange) {
    this.onChange = onChange;
    /** By template: its look, the one it is compared with, and which of the two it is. */
    this.states = new Map();
    this.past = [];
    this.future = [];
    this.template = "";
  }

  get state() {
    return this.states.get(this.template) ?? UNTOUCHED;
  }

  /** What is changed of the template. */
  get look() {
    return this.state.look;
  }

  /** Which of the two looks of the template it is: A or B. */
  get side() {
    return this.state.side;
  }

  get isChanged() {
    return Object.keys(this.look).length > 0;
  }

  /** The value at a path of the look, or undefined. */
  at(path) {
    return path.reduce((part, name) => part?.[name], this.look);
  }

  /** Change one value; undefined takes the change back. What is not `settled` goes on changing. */
  set(path, value, settled = true) {
    this.setAll([path], value, settled);
  }

  /** Change values that are one: those at several paths. */
  setAll(paths, value, settled = true) {
    this.change({ look: paths.reduce((look, path) => changed(look, path, value), this.look) }, settled);
  }

  /** What is changed of a composition to begin with. */
  begin(composition, look) {
    this.states.set(composition, { ...UNTOUCHED, look });
  }

  /** Take all of a look at once. */
  replace(look) {
    this.change({ look });
  }

  /** Show the other of the template's two looks; the second one begins as the template is. */
  swap() {
    const { look, other, side } = this.state;
    this.change({ look: other, other: look, side: side === "A" ? "B" : "A" });
  }

  change(what, settled = true) {
    this.before ??= { template: this.template, state: this.state };
    this.states.set(this.template, { ...this.state, ...what });
    if (settled) this.settle();
    this.onChange();
  }

  settle() {
    if (!this.before) return;
    if (JSON.stringify(this.before.state) !== JSON.stringify(this.state)) {
      this.past.push(this.before);
      this.future = [];
    }
    this.before = null;
  }

  undo() { this.travel(this.past, this.future); }

  redo() { this.travel(this.future, this.past); }

  travel(from, to) {
    this.settle();
    const step = from.pop();
    if (!step) return;
    to.push({ template: step.template, state: this.states.get(step.template) ?? UNTOUCHED });
    this.states.set(step.template, step.state);
    this.onChange();
  }
}

/** `look` with another value at a path; parts without changes go. */
function changed(look, path, value) {
  const [name, ...rest] = path;
  const { [name]: part, ...others } = look;
  const inner = rest.length ? changed(part ?? {}, rest, value) : value;
  const isEmpty = inner === undefined || (rest.length > 0 && !Object.keys(inner).length);
  return isEmpty ? others : { ...others, [name]: inner };
}
