/**
 * Offsets: the API counts Unicode code points, JavaScript UTF-16 units, of which an emoji is two. Most text is the same
 * in both, which makes a mistake hard to see: so all conversion is here.
 */

/** A text whose places are named in code points. */
export class Text {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    /** Where, in code points, each character of two units lies, in order. @type {number[]} */
    this.pairs = [];
    let points = 0;
    for (let unit = 0; unit < text.length; unit++, points++) {
      if (/** @type {number} */ (text.codePointAt(unit)) > 0xffff) {
        this.pairs.push(points);
        unit++;
      }
    }
    /** Its length in code points. */
    this.length = points;
  }

  /**
   * Return where a code point begins, in units; places outside are moved to the nearest end.
   *
   * @param {number} point
   */
  unit(point) {
    const place = Math.min(Math.max(Math.trunc(point) || 0, 0), this.length);
    return place + this.#pairsBefore(place, 0);
  }

  /**
   * Return which code point stands at a unit.
   *
   * @param {number} unit
   */
  point(unit) {
    const place = Math.min(Math.max(unit, 0), this.text.length);
    return place - this.#pairsBefore(place, 1);
  }

  /**
   * Return what stands between two places.
   *
   * @param {number} start
   * @param {number} end
   */
  slice(start, end) {
    return this.text.slice(this.unit(start), this.unit(end));
  }

  /**
   * Count the characters of two units before a place.
   *
   * @param {number} place  In code points; in units where `step`, by which each such character moves those behind it, is 1.
   * @param {0 | 1} step
   */
  #pairsBefore(place, step) {
    let low = 0;
    let high = this.pairs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (/** @type {number} */ (this.pairs[middle]) + step * middle < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
