/**
 * A document's text set for reading. Every block's text content is the block's text and nothing else, so that places can be
 * counted in it; page numbers are generated content.
 *
 * A long text is built in stretches that the browser lays out only when they come near the window.
 */

import { beginsWithTitle, blocksOf, countUpTo } from "./blocks.js";
import { el } from "./dom.js";
import { marked } from "./marks.js";
import { Text } from "./offsets.js";

/** @typedef {import("./types.js").Document} Document */
/** @typedef {import("./types.js").Place} Place */
/** @typedef {import("./viewer-strings.js").ViewerStrings} Strings */
/** @typedef {import("./blocks.js").Block & {element: HTMLElement}} Built */

const STRETCH = 15_000; // code points: a few screens
const SLICE_MS = 12; // building must not hold up a frame

export class Reading {
  /**
   * @param {Document} source
   * @param {Strings} strings
   */
  constructor(source, strings) {
    this.source = source;
    this.strings = strings;
    this.text = new Text(source.text);
    this.plan = blocksOf(source, this.text);
    /** @type {Built[]} */
    this.blocks = [];
    /** @type {HTMLElement[]} */
    this.stretches = [];
    this.element = el("div", { class: "text" });
    /** The title, which stands apart from the text even where the text begins with it. */
    this.title = el("h1", { id: beginsWithTitle(source) ? "p-0" : null, dir: "auto", tabindex: -1 }, source.title);
    /** @type {Place[]} */
    this.places = [];
  }

  /** Build it all, a slice at a time; the element fills meanwhile. */
  async build() {
    let until = performance.now() + SLICE_MS;
    /** @type {{box: HTMLElement, end: number} | null} */
    let stretch = null;
    for (const block of this.plan) {
      if (!stretch || block.start >= stretch.end) {
        stretch = { box: el("div", { class: "stretch" }), end: block.start + STRETCH };
        const height = Math.min(STRETCH, this.text.length - block.start) * 0.5; // a guess, until it is laid out
        stretch.box.style.containIntrinsicBlockSize = `auto ${height}px`;
        this.stretches.push(stretch.box);
        this.element.append(stretch.box);
      }
      const built = { ...block, element: block.level === 1 ? this.title : this.#shell(block) };
      this.#fill(built);
      this.blocks.push(built);
      if (block.level !== 1) stretch.box.append(built.element);
      // What nobody sees may take as long as it likes, and must not wait for timers, which rest in the background.
      if (performance.now() > until && !document.hidden) {
        await new Promise((resolve) => setTimeout(resolve));
        until = performance.now() + SLICE_MS;
      }
    }
  }

  /**
   * Mark places, and nothing else.
   *
   * @param {Place[]} places
   * @returns {HTMLElement | null} The first mark.
   */
  mark(places) {
    const touched = [...this.places, ...places];
    this.places = places;
    const blocks = this.blocks.filter((block) => touched.some(({ start, end }) => start < block.end && block.start < end));
    blocks.forEach((block) => this.#fill(block));
    const first = blocks.map(({ element }) => element.querySelector("mark")).find(Boolean) ?? null;
    first?.setAttribute("tabindex", "-1");
    return first;
  }

  /**
   * Return the block that holds a place.
   *
   * @param {number} point
   */
  blockAt(point) {
    return this.blocks[Math.max(countUpTo(this.blocks, point, (block) => block.start) - 1, 0)];
  }

  /**
   * Return the block that stands at a height of the window, or the nearest above it.
   *
   * @param {number} y
   */
  blockAtHeight(y) {
    const top = (/** @type {Element} */ element) => element.getBoundingClientRect().top;
    const stretch = this.stretches[countUpTo(this.stretches, y, top) - 1];
    if (!stretch) return this.blocks[0];
    const children = [...stretch.children];
    const found = children[Math.max(countUpTo(children, y, top) - 1, 0)];
    return found && this.blockAt(Number(found.id.slice(2)));
  }

  /**
   * Return what somebody has selected of the text.
   *
   * @param {Range} range
   * @returns {Place | null}
   */
  placeOf(range) {
    const [start, end] = [this.#pointOf(range.startContainer, range.startOffset), this.#pointOf(range.endContainer, range.endOffset)];
    return start !== null && end !== null && start < end ? { start, end } : null;
  }

  /**
   * @param {Node} node
   * @param {number} offset
   */
  #pointOf(node, offset) {
    const element = (node instanceof Element ? node : node.parentElement)?.closest("[id^='p-']");
    const block = element ? this.blockAt(Number(element.id.slice(2))) : null;
    if (!block || block.element !== element) return null;
    const before = document.createRange();
    before.setStart(block.element, 0);
    before.setEnd(node, offset);
    return block.start + new Text(before.toString()).length;
  }

  /** @param {import("./blocks.js").Block} block */
  #shell({ kind, level, start }) {
    const attributes = { id: `p-${start}`, dir: "auto" };
    if (kind === "heading") return el(/** @type {"h2"} */ (`h${level}`), attributes);
    if (kind === "list") return el("ul", attributes);
    if (kind === "table") return el("div", { ...attributes, class: "table", role: "group", tabindex: 0, "aria-label": this.strings.table });
    return el(kind === "code" ? "pre" : "p", attributes);
  }

  /** @param {Built} block */
  #fill({ kind, start, end, element }) {
    if (kind === "list") element.replaceChildren(...this.#items(start, end));
    else if (kind === "table") element.replaceChildren(el("table", {}, el("tbody", {}, ...this.#rows(start, end))));
    else element.replaceChildren(this.#stretch(start, end));
  }

  /**
   * @param {number} start
   * @param {number} end
   */
  #items(start, end) {
    const lines = this.#parts(start, end, /\n/g);
    // Some texts keep the signs of their lists, and need none of ours.
    const signed = lines.every((line) => /^\s*([-*+•‣◦–]|\(?\w{1,4}[.)])\s/u.test(this.text.slice(line.start, line.end)));
    return lines.map((line) => el("li", { dir: "auto", class: signed && "signed" }, this.#stretch(line.start, line.next)));
  }

  /**
   * @param {number} start
   * @param {number} end
   */
  #rows(start, end) {
    return this.#parts(start, end, /\n/g).map((row) => {
      const cells = this.#parts(row.start, row.end, / \| /g).map((cell, index, all) => {
        const next = index === all.length - 1 ? row.next : cell.next;
        // What separates cells stays in the text, unseen: it is part of what is cited, and copied.
        const between = next > cell.end && el("span", { class: "between" }, this.#stretch(cell.end, next));
        return el("td", { dir: "auto" }, this.#stretch(cell.start, cell.end), between);
      });
      return el("tr", {}, ...cells);
    });
  }

  /**
   * Cut a stretch at its separators: `next` is where the part behind one begins.
   *
   * @param {number} start
   * @param {number} end
   * @param {RegExp} separator
   */
  #parts(start, end, separator) {
    const whole = new Text(this.text.slice(start, end));
    const parts = [];
    let begin = 0;
    for (const found of whole.text.matchAll(separator)) {
      const [cut, next] = [whole.point(found.index), whole.point(found.index + found[0].length)];
      parts.push({ start: start + begin, end: start + cut, next: start + next });
      begin = next;
    }
    parts.push({ start: start + begin, end, next: end });
    return parts;
  }

  /**
   * Return a stretch of the text with its marks, and where pages begin in it.
   *
   * @param {number} start
   * @param {number} end
   */
  #stretch(start, end) {
    const pages = this.source.pages ?? [];
    const fragment = document.createDocumentFragment();
    let done = start;
    for (let next = this.#pagesBefore(start); next < pages.length && /** @type {number} */ (pages[next]) < end; next++) {
      const begin = /** @type {number} */ (pages[next]);
      if (pages[next + 1] === begin) continue; // a page without text
      fragment.append(marked(this.text.slice(done, begin), this.places, done));
      fragment.append(el("span", { class: "page", "data-page": this.strings.page(next + 1) }));
      done = begin;
    }
    fragment.append(marked(this.text.slice(done, end), this.places, done));
    return fragment;
  }

  /** @param {number} point */
  #pagesBefore(point) {
    return countUpTo(this.source.pages ?? [], point - 1, (page) => page);
  }
}
