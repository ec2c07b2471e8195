/** A choice of several values: boxes to tick, narrowed by typing where there are many. */

import { el } from "./dom.js";

/** @typedef {import("./choices.js").Choice} Choice */
/** @typedef {import("./page-strings.js").PageStrings} PageStrings */

const SHOWN = 12;
const PAUSE_MS = 200;

/**
 * @typedef {object} Options
 * @property {string} name  Of the field; unique on the page.
 * @property {string} legend
 * @property {PageStrings} strings
 * @property {(values: string[]) => void} onChange
 * @property {((text: string) => Promise<Choice[]>) | null} [search]  Finds choices beyond those that are known.
 */

/** A field of values to tick. */
export class Facet {
  /** @param {Options} options */
  constructor({ name, legend, strings, onChange, search = null }) {
    this.strings = strings;
    this.onChange = onChange;
    this.search = search;
    /** @type {Choice[]} */
    this.choices = [];
    /** @type {Set<string>} */
    this.ticked = new Set();
    this.field = el("input", {
      type: "search", id: `find-${name}`, "aria-label": strings.narrow(legend), placeholder: strings.narrowHint,
      input: () => void this.#narrow(), keydown: (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && event.preventDefault(),
    });
    this.list = el("div", { class: "boxes" });
    this.note = el("p", { class: "place", role: "status" });
    this.element = el("fieldset", { class: "facet", hidden: true }, el("legend", {}, legend), this.field, this.list, this.note);
  }

  /**
   * Show what there is to choose from.
   *
   * @param {Choice[]} choices
   */
  offer(choices) {
    this.choices = choices;
    this.field.hidden = choices.length <= SHOWN && !this.search;
    this.element.hidden = choices.length === 0 && this.ticked.size === 0;
    this.#show(choices);
  }

  /**
   * Tick these, and no others.
   *
   * @param {string[]} values
   */
  tick(values) {
    this.ticked = new Set(values);
    this.offer(this.choices);
  }

  /**
   * Return what a value is called, where that is known.
   *
   * @param {string} value
   */
  label(value) {
    return this.choices.find((choice) => choice.value === value)?.label ?? value;
  }

  async #narrow() {
    const text = this.field.value.trim().toLowerCase();
    if (!text || !this.search) return this.#show(this.choices.filter(({ label }) => label.toLowerCase().includes(text)));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    const current = () => this.field.value.trim().toLowerCase() === text;
    if (!current()) return; // somebody goes on typing
    const found = await this.search(text).catch(() => []);
    if (!current()) return;
    const known = new Set(this.choices.map(({ value }) => value));
    this.choices = [...this.choices, ...found.filter(({ value }) => !known.has(value))];
    this.#show(found);
  }

  /** @param {Choice[]} choices */
  #show(choices) {
    // What is ticked stays in sight, whatever is typed.
    const ticked = [...this.ticked].map((value) => this.choices.find((choice) => choice.value === value) ?? { value, label: value, count: 0 });
    const others = choices.filter(({ value }) => !this.ticked.has(value));
    this.list.replaceChildren(...[...ticked, ...others.slice(0, SHOWN)].map((choice) => this.#box(choice)));
    const left = others.length - SHOWN;
    this.note.textContent = left > 0 ? this.strings.more(left) : choices.length || !this.field.value ? "" : this.strings.noneAlike;
  }

  /** @param {Choice} choice */
  #box({ value, label, count }) {
    const box = el("input", {
      type: "checkbox", checked: this.ticked.has(value), change: () => {
        if (box.checked) this.ticked.add(value);
        else this.ticked.delete(value);
        this.onChange([...this.ticked]);
      },
    });
    return el("label", { class: "box" }, box, el("span", { dir: "auto" }, label), count > 1 && el("span", { class: "count" }, String(count)));
  }
}
