/** The headings of a document as a list beside it, in which the section that is being read is marked. */

import { countUpTo, sectionsOf } from "./blocks.js";
import { el } from "./dom.js";

/** @typedef {import("./reading.js").Reading} Reading */
/** @typedef {import("./viewer-strings.js").ViewerStrings} Strings */

const WIDE = "(min-width: 1000px)"; // as in document.css
const LINE = 96; // what stands above this height has been read, in CSS pixels

/**
 * Return the list, or null where a document has too few headings to need one.
 *
 * @param {Reading} reading
 * @param {Strings} strings
 * @returns {HTMLElement | null}
 */
export function contents(reading, strings) {
  const sections = sectionsOf(reading.source);
  if (sections.length < 2) return null;
  const links = sections.map(({ start, text }) => el("a", { href: `#p-${start}` }, el("bdi", {}, text)));
  const details = el("details", {}, el("summary", {}, strings.contents), nested(sections, links));
  const wide = matchMedia(WIDE);
  const fold = () => {
    details.open = wide.matches;
  };
  fold();
  wide.addEventListener("change", fold);
  const side = el("nav", { class: "contents", "aria-label": strings.contents }, details);

  /** @type {HTMLElement | undefined} */
  let current;
  /** The heading that was followed last is the current one as long as it can be seen. @type {number | null} */
  let followed = null;
  const update = () => {
    if (followed !== null && !visible(followed)) followed = null;
    const index = countUpTo(sections, followed ?? startRead(reading), ({ start }) => start) - 1;
    if (links[index] === current) return;
    current?.removeAttribute("aria-current");
    current = links[index];
    current?.setAttribute("aria-current", "location");
    if (current && wide.matches) show(current, side);
  };
  links.forEach((link, index) => link.addEventListener("click", () => {
    followed = sections[index]?.start ?? null;
    if (!wide.matches) details.open = false;
  }));
  let waiting = false;
  const soon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      update();
    });
  };
  addEventListener("scroll", soon, { passive: true });
  addEventListener("resize", soon, { passive: true });
  soon();
  return side;
}

/**
 * Tell whether a heading can be seen.
 *
 * @param {number} start
 */
function visible(start) {
  const box = document.getElementById(`p-${start}`)?.getBoundingClientRect();
  return box && box.bottom > 0 && box.top < innerHeight;
}

/**
 * Return where the block begins that is being read.
 *
 * @param {Reading} reading
 */
function startRead(reading) {
  // On the last screen the line moves down to the end: else the last sections could never be the current one.
  const left = document.documentElement.scrollHeight - innerHeight - scrollY;
  const down = scrollY > 0 ? Math.max(0, 1 - left / innerHeight) * (innerHeight - LINE) : 0;
  return reading.blockAtHeight(LINE + down)?.start ?? 0;
}

/**
 * Nest the links as the sections are.
 *
 * @param {import("./blocks.js").Section[]} sections
 * @param {HTMLElement[]} links
 */
function nested(sections, links) {
  const top = el("ol");
  const lists = [top];
  sections.forEach(({ depth }, index) => {
    lists.length = Math.min(lists.length, depth);
    if (lists.length < depth) {
      const inner = el("ol");
      /** @type {HTMLElement} */ (lists.at(-1)).lastElementChild?.append(inner);
      lists.push(inner);
    }
    lists.at(-1)?.append(el("li", {}, links[index]));
  });
  return top;
}

/**
 * Scroll the list, and nothing else, to one of its links.
 *
 * @param {HTMLElement} link
 * @param {HTMLElement} side
 */
function show(link, side) {
  const [inner, outer] = [link.getBoundingClientRect(), side.getBoundingClientRect()];
  if (inner.top < outer.top) side.scrollTop -= outer.top - inner.top + 16;
  else if (inner.bottom > outer.bottom) side.scrollTop += inner.bottom - outer.bottom + 16;
}
