/** The chat widget: `<script type="module" src="https://host/widget.js">` on any page. */

import "./web/chat.js";
