/** Stands in for the widget. */

customElements.define("pincite-chat", class extends HTMLElement {});
