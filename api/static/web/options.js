/** How is asked: how many passages, explained or not, and of which documents. Folded until wanted. */

import { cleaned, DAYS, DEFAULT_K, LISTS, MAX_K } from "./address.js";
import { findDocuments, gather } from "./choices.js";
import { el } from "./dom.js";
import { Facet } from "./facet.js";

/** @typedef {import("./address.js").Asked} Asked */
/** @typedef {import("./address.js").ListName} ListName */
/** @typedef {import("./address.js").DayName} DayName */
/** @typedef {import("./library.js").Library} Library */
/** @typedef {import("./page-strings.js").PageStrings} PageStrings */
/** @typedef {Pick<Asked, "k" | "explain" | "filters">} Chosen */

/** The fields of the options. */
export class Options {
  /** @param {{client: Library, strings: PageStrings, onChange: (chosen: Partial<Chosen>) => void}} options */
  constructor({ client, strings, onChange }) {
    this.client = client;
    this.strings = strings;
    /** @type {Chosen} */
    this.chosen = { k: DEFAULT_K, explain: false, filters: {} };
    /** The collection whose choices are offered; undefined before any are. @type {string | null | undefined} */
    this.offered = undefined;
    const restrict = (/** @type {import("./types.js").Filters} */ change) =>
      onChange({ filters: cleaned({ ...this.chosen.filters, ...change }) });
    this.k = el("input", {
      type: "number", id: "k", min: 1, max: MAX_K, required: true, change: () => {
        if (this.k.reportValidity()) onChange({ k: this.k.valueAsNumber });
      },
    });
    this.explain = el("input", { type: "checkbox", id: "explain", change: () => onChange({ explain: this.explain.checked }) });
    this.days = DAYS.map((name) => {
      const field = el("input", { type: "date", id: name, change: () => restrict({ [name]: field.value }) });
      return { name, field };
    });
    this.facets = LISTS.map(([name]) => ({
      name, facet: new Facet({ name, legend: strings[name], strings, onChange: (values) => restrict({ [name]: values }) }),
    }));
    this.note = el("p", { class: "place" });
    const day = (/** @type {number} */ index, /** @type {string} */ label) => {
      const field = this.days[index]?.field;
      return field ? el("div", { class: "field" }, el("label", { for: field.id }, label), field) : null;
    };
    this.element = el("div", { class: "options", id: "options", hidden: true },
      el("div", { class: "fields" },
        day(0, strings.from), day(1, strings.to),
        el("div", { class: "field" }, el("label", { for: "k" }, strings.k), this.k),
        el("label", { class: "box" }, this.explain, strings.explain)),
      ...this.facets.map(({ facet }) => facet.element), this.note);
  }

  /**
   * Show what is chosen.
   *
   * @param {Chosen} chosen
   */
  show(chosen) {
    this.chosen = chosen;
    this.k.value = String(chosen.k);
    this.explain.checked = chosen.explain;
    for (const { name, field } of this.days) field.value = chosen.filters[name] ?? "";
    for (const { name, facet } of this.facets) {
      const values = chosen.filters[name] ?? [];
      // What somebody has just ticked stays where it is.
      if (values.join("\n") !== [...facet.ticked].join("\n")) facet.tick(values);
    }
  }

  /** List what there is to choose from in the client's collection, unless that is listed already. */
  async offer() {
    const { client, strings } = this;
    if (this.offered === client.collection) return;
    this.offered = client.collection;
    this.note.textContent = strings.choicesLoading;
    const choices = await gather(client).catch(() => null);
    if (this.offered !== client.collection) return; // another was chosen meanwhile
    const partly = choices !== null && choices.read < choices.total;
    for (const { name, facet } of this.facets) {
      if (name === "document_ids") facet.search = partly ? (text) => findDocuments(client, text) : null;
      facet.offer(choices?.[name] ?? []);
    }
    const number = (/** @type {number} */ count) => count.toLocaleString(document.documentElement.lang);
    if (!choices) this.note.textContent = strings.choicesFailed;
    else this.note.textContent = partly ? strings.choicesPart(number(choices.read), number(choices.total)) : "";
  }

  /** Forget what there was to choose from: the key is another, or the documents are. */
  forget() {
    this.offered = undefined;
  }

  /**
   * Return how a value of a filter is shown.
   *
   * @param {{field: ListName | DayName, value: string}} one
   */
  label({ field, value }) {
    return this.facets.find(({ name }) => name === field)?.facet.label(value) ?? value;
  }
}
