// Light or dark as the reader has chosen here; else as the system says. It stands in the head and
// is not deferred: a page must not flash in the other colours first.
"use strict";

const theme = (() => {
  const root = document.documentElement;
  const KEY = "theme";

  function chosen() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // A browser that forbids storage follows the system.
    }
  }

  function show(name) {
    if (name === "light" || name === "dark") root.dataset.theme = name;
    else delete root.dataset.theme;
  }

  function choose(name) {
    show(name);
    try {
      localStorage.setItem(KEY, name);
    } catch {
      // It lasts as long as the page, then.
    }
  }

  function isDark() {
    return (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  }

  show(chosen());
  addEventListener("storage", () => show(chosen()));
  return { choose, isDark };
})();
