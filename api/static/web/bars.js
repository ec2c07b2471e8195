/** Small tables whose numbers have a bar beside them. */

import { el } from "./dom.js";

/**
 * @typedef {object} Row
 * @property {string} label
 * @property {string} shown  The number, as it is written.
 * @property {number} length  Of the bar, 0 to 1.
 * @property {number} [from]  Where it begins, 0 to 1.
 * @property {boolean} [whole]  Whether it is what the others add up to.
 */

/**
 * Return a table of numbers with bars, which say nothing that the numbers do not.
 *
 * @param {string} caption
 * @param {[string, string]} columns  What labels and numbers are.
 * @param {Row[]} rows
 * @returns {HTMLTableElement}
 */
export function bars(caption, columns, rows) {
  const lines = rows.map(({ label, shown, length, from = 0, whole }) => {
    const bar = el("span", { class: "bar" });
    // Set as a property: policies forbid the attribute.
    bar.style.setProperty("--from", String(share(from)));
    bar.style.setProperty("--length", String(share(length)));
    return el("tr", { class: whole && "whole" },
      el("th", { scope: "row" }, label),
      el("td", { class: "track", "aria-hidden": "true" }, bar),
      el("td", { class: "number" }, shown));
  });
  return el("table", { class: "bars" },
    el("caption", { class: "unseen" }, caption),
    el("thead", { class: "unseen" },
      el("tr", {}, el("th", { scope: "col" }, columns[0]), el("td", { "aria-hidden": "true" }), el("th", { scope: "col" }, columns[1]))),
    el("tbody", {}, ...lines));
}

/** @param {number} value */
function share(value) {
  return Math.min(Math.max(value, 0), 1);
}
