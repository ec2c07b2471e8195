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
    let low = 0;
    let high = this.pairs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (/** @type {number} */ (this.pairs[middle]) < place) low = middle + 1;
      else high = middle;
    }
    return place + low;
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
}
