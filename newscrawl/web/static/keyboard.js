// Keyboard shortcuts: "/" focuses the search box, j and k step through a list. All pages work without them.
"use strict";

const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

function step(by) {
  const items = [...document.querySelectorAll("[data-item]")];
  const links = items.map((item) => item.querySelector(".headline a"));
  const at = items.findIndex((item) => item.contains(document.activeElement));
  const next = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : at + by];
  if (next) {
    next.focus({ preventScroll: true });
    next.closest("[data-item]").scrollIntoView({ block: "nearest" });
  }
}

const keys = {
  "/": () => document.getElementById("search").select(),
  j: () => step(1),
  k: () => step(-1),
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isTyping(event.target)) {
    event.target.blur();
  } else if (keys[event.key] && !isTyping(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    keys[event.key]();
  }
});
