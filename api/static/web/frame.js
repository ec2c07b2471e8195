/** What stands around a document's text: its title and what is known of it, and the foot of the page. */

import { leave } from "./answer.js";
import { el, safeUrl } from "./dom.js";

/** @typedef {import("./reading.js").Reading} Reading */
/** @typedef {import("./viewer-strings.js").ViewerStrings} Strings */

/**
 * Return title, author, date, origin and tags.
 *
 * @param {Reading} reading
 * @param {Strings} strings
 */
export function heading({ source, title }, strings) {
  const url = safeUrl(source.url);
  const facts = [
    source.author && el("span", { dir: "auto" }, source.author),
    source.published && el("time", { datetime: source.published }, dateIn(source.published, strings.language)),
    url && leave(url, strings.originalAt(new URL(url).host), strings),
  ].filter(Boolean);
  return el("div", { class: "head" },
    title,
    facts.length > 0 && el("ul", { class: "facts" }, ...facts.map((fact) => el("li", {}, fact))),
    source.tags.length > 0 && el("ul", { class: "tags", "aria-label": strings.tags }, ...source.tags.map((tag) => el("li", { dir: "auto" }, tag))),
    el("p", { class: "printed" }, location.origin + location.pathname + location.search));
}

/**
 * Return the foot of the page.
 *
 * @param {{strings: Strings, forget: (() => void) | null, keys: Node | false}} options
 */
export function footer({ strings, forget, keys }) {
  return el("footer", {}, keys,
    forget && el("p", {}, strings.keyKept, " ", el("button", { type: "button", class: "text-button", click: forget }, strings.forgetKey)));
}

/**
 * Return a date as it is written in a language; a month or a year stays as it is.
 *
 * @param {string} published
 * @param {string} language
 */
function dateIn(published, language) {
  const date = new Date(published);
  if (published.length !== 10 || Number.isNaN(date.getTime())) return published;
  return new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" }).format(date);
}
