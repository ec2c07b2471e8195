/** The box that is asked in, with the choice of a collection and the way to the options. */

import { restrictions, without } from "./address.js";
import { append, el, icon, ICONS } from "./dom.js";

/** @typedef {import("./address.js").Asked} Asked */
/** @typedef {import("./types.js").Filters} Filters */
/** @typedef {import("./options.js").Options} Options */
/** @typedef {import("./page-strings.js").PageStrings} PageStrings */

/**
 * @typedef {object} Handlers
 * @property {(question: string) => void} onAsk
 * @property {() => void} onStop
 * @property {(collection: string) => void} onCollection
 * @property {(filters: Filters) => void} onFilters
 */

/** The box. */
export class AskBox {
  /**
   * @param {{strings: PageStrings, options: Options} & Handlers} parts
   */
  constructor({ strings, options, onAsk, onStop, onCollection, onFilters }) {
    this.strings = strings;
    this.options = options;
    this.onFilters = onFilters;
    this.busy = false;
    /** What the chips say. @type {string[]} */
    this.labels = [];
    this.field = el("textarea", {
      id: "question", rows: 1, dir: "auto", placeholder: strings.placeholder, autocomplete: "off", enterkeyhint: "send",
      keydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        this.element.requestSubmit();
      },
    });
    this.collection = el("select", { id: "collection", change: () => onCollection(this.collection.value) });
    this.picker = el("div", { class: "picker", hidden: true },
      el("label", { class: "unseen", for: "collection" }, strings.collection), this.collection);
    this.toggle = el("button", {
      type: "button", class: "plain", "aria-expanded": "false", "aria-controls": "options", click: () => {
        options.element.hidden = !options.element.hidden;
        this.toggle.setAttribute("aria-expanded", String(!options.element.hidden));
        if (!options.element.hidden) void options.offer();
      },
    }, strings.options);
    this.button = el("button", { type: "submit", class: "primary" });
    this.chips = el("div", { class: "chips", role: "group", hidden: true });
    this.element = el("form", {
      class: "ask", role: "search", submit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        if (this.busy) onStop();
        else if (this.field.value.trim()) onAsk(this.field.value.trim());
        else this.field.focus();
      },
    },
    el("div", { class: "box-frame" },
      el("label", { class: "unseen", for: "question" }, strings.question), this.field,
      el("div", { class: "tools" }, this.picker, this.toggle, this.button)),
    this.chips, options.element);
    this.setBusy(false);
  }

  /**
   * Show whether an answer is waited for.
   *
   * @param {boolean} busy
   */
  setBusy(busy) {
    this.busy = busy;
    this.button.replaceChildren();
    append(this.button, busy ? icon(ICONS.stop) : null, busy ? this.strings.stop : this.strings.ask, busy ? null : icon(ICONS.ask));
  }

  /**
   * Show how is asked. What stands in the field is left alone: somebody may be writing.
   *
   * @param {Asked} asked
   */
  show(asked) {
    if (asked.collection) this.collection.value = asked.collection;
    this.options.show(asked);
    this.#showFilters(asked.filters);
  }

  /**
   * Offer collections, if there is a choice.
   *
   * @param {string[]} names
   * @param {string | null} chosen
   */
  offerCollections(names, chosen) {
    this.collection.replaceChildren(...names.map((name) => el("option", { value: name }, name)));
    this.collection.value = chosen ?? "";
    this.picker.hidden = names.length < 2;
  }

  /** @param {Filters} filters */
  #showFilters(filters) {
    const { strings, options } = this;
    const found = restrictions(filters);
    const labels = found.map((one) => `${strings.chip[one.field]}: ${options.label(one)}`);
    if (labels.join("\n") === this.labels.join("\n")) return; // they keep the focus
    this.labels = labels;
    this.toggle.replaceChildren(found.length ? strings.optionsFiltered(found.length) : strings.options);
    this.chips.hidden = found.length === 0;
    this.chips.setAttribute("aria-label", strings.filters(found.length));
    this.chips.replaceChildren(...found.map((one, index) => {
      const said = labels[index] ?? "";
      return el("button", {
        type: "button", class: "chip", "aria-label": strings.removeFilter(said), click: () => {
          this.onFilters(without(filters, one));
          this.#refocus(index);
        },
      }, el("span", { dir: "auto" }, said), icon(ICONS.close));
    }));
    if (found.length > 1) {
      this.chips.append(el("button", {
        type: "button", class: "plain", click: () => {
          this.onFilters({});
          this.#refocus(0);
        },
      }, strings.clearFilters));
    }
  }

  /**
   * Give the focus to what has taken the place of a chip that has gone.
   *
   * @param {number} index
   */
  #refocus(index) {
    const left = this.chips.querySelectorAll("button");
    (left[Math.min(index, left.length - 1)] ?? this.toggle).focus();
  }
}
