/**
 * Making elements. Text only ever becomes text: nothing here, and nothing that uses it, reads HTML.
 */

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * Make an element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} [attributes]  A function
 *   listens to the event of that name; true sets an attribute without a value; false, null and undefined set nothing.
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  append(element, ...children);
  return element;
}

/**
 * Append what is there.
 *
 * @param {Node} parent
 * @param {...Child} children
 */
export function append(parent, ...children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    parent.appendChild(typeof child === "string" ? document.createTextNode(child) : child);
  }
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an icon of lines in a square of 24 units; it says nothing to who cannot see it.
 *
 * @param {string} path
 * @returns {SVGSVGElement}
 */
export function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  const shape = document.createElementNS(SVG, "path");
  const attributes = {
    viewBox: "0 0 24 24", width: "20", height: "20", fill: "none", stroke: "currentColor", "stroke-width": "1.8",
    "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true", focusable: "false",
  };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  shape.setAttribute("d", path);
  svg.appendChild(shape);
  return svg;
}

/** The paths of the icons. */
export const ICONS = {
  ask: "M5 12h14M13 6l6 6-6 6",
  chat: "M5 5h14v11H11l-4 4v-4H5z",
  check: "M5 13l4 4L19 7",
  close: "M6 6l12 12M18 6L6 18",
  copy: "M9 9h10v10H9zM15 9V5H5v10h4",
  down: "M17 3v11M17 14h3a1 1 0 0 0 1-1V4a1 1 0 0 0-1-1h-3M17 14l-4 7a2 2 0 0 1-2-2v-4H5a2 2 0 0 1-2-2.300l1.200-8A2 2 0 0 1 6.200 3H17",
  new: "M4 12a8 8 0 1 0 3-6.200M4 4v5h5",
  out: "M9 5H5v14h14v-4M13 5h6v6M19 5l-9 9",
  stop: "M5 5h14v14H5z",
  up: "M7 21V10M7 10H4a1 1 0 0 0-1 1v9a1 1 0 0 0 1 1h3M7 10l4-7a2 2 0 0 1 2 2v4h6a2 2 0 0 1 2 2.300l-1.200 8a2 2 0 0 1-2 1.700H7",
};

/**
 * Make an address that somebody else's text gives one that can be followed, or null: scripts, data and the like are none.
 *
 * @param {string | null | undefined} address
 * @returns {string | null}
 */
export function safeUrl(address) {
  if (!address || !URL.canParse(address)) return null;
  const url = new URL(address);
  return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
}
