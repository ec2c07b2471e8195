/**
 * Colours, light and dark, for a shadow root or a whole page. Which of the two follows the device, unless the property
 * `color-scheme` of the root says otherwise.
 */

/**
 * Return the style sheet that gives the colours their values. Whatever the accent, what is written on it is black or white,
 * and what is written in it as dark or light as the ground demands (4.5:1).
 *
 * @param {string} root  The selector of what has them: `:host` or `:root`.
 * @returns {string}
 */
export function theme(root) {
  return `
${root} {
  color-scheme: light dark;
  --accent: var(--pincite-accent, light-dark(#1f5eff, #8ab0ff));
  --far: clamp(0, (.18 - y) * 999, 1);
  --on-accent: var(--pincite-on-accent, color(from var(--accent) xyz-d65 calc(.95 * var(--far)) var(--far) calc(1.089 * var(--far))));
  --accent-text: var(--pincite-accent-text, light-dark(oklch(from var(--accent) min(l, .52) c h), oklch(from var(--accent) max(l, .76) c h)));
  --ground: var(--pincite-ground, light-dark(#fff, #14171d)); --raised: light-dark(#fff, #1b1f27);
  --ink: light-dark(#1a1d23, #e8eaee); --quiet: light-dark(#5b6270, #a5adba); --line: light-dark(#d9dde5, #343a46);
  --edge: light-dark(#858c9a, #737b8a); --tint: color-mix(in srgb, var(--accent) 11%, var(--ground)); --mark: light-dark(#ffec99, #5c4a00);
  --bad: light-dark(#b3261e, #ff9d95);
}`;
}

/**
 * Return a style sheet made of texts; the policy of the page that holds it does not forbid it.
 *
 * @param {...string} texts
 */
export function sheet(...texts) {
  const made = new CSSStyleSheet();
  made.replaceSync(texts.join("\n"));
  return made;
}
