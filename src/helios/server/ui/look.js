// Looks: what was changed of each template, with undo and redo.

/** Changes of templates, by template: the props of their films. */
export class Looks {
  constructor(onChange) {
    this.onChange = onChange;
    this.looks = new Map();
    this.past = [];
    this.future = [];
    this.template = "";
  }

  /** What is changed of the template. */
  get look() {
    return this.looks.get(this.template) ?? {};
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
    this.before ??= { template: this.template, look: this.look };
    this.looks.set(this.template, changed(this.look, path, value));
    if (settled) this.settle();
    this.onChange();
  }

  /** Take all of a look at once. */
  replace(look) {
    this.before ??= { template: this.template, look: this.look };
    this.looks.set(this.template, look);
    this.settle();
    this.onChange();
  }

  settle() {
    if (!this.before) return;
    if (JSON.stringify(this.before.look) !== JSON.stringify(this.look)) {
      this.past.push(this.before);
      this.future = [];
    }
    this.before = null;
  }

  undo() { this.travel(this.past, this.future); }

  redo() { this.travel(this.future, this.past); }

  travel(from, to) {
    this.settle();
    const state = from.pop();
    if (!state) return;
    to.push({ template: state.template, look: this.looks.get(state.template) ?? {} });
    this.looks.set(state.template, state.look);
    this.onChange();
  }
}

/** `look` with another value at a path; parts without changes go. */
function changed(look, [name, ...rest], value) {
  const { [name]: part, ...others } = look;
  const inner = rest.length ? changed(part ?? {}, rest, value) : value;
  const isEmpty = inner === undefined || (rest.length > 0 && !Object.keys(inner).length);
  return isEmpty ? others : { ...others, [name]: inner };
}
