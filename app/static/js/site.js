// Tells the server that an article was opened; a page that is only prerendered is not read yet.
const article = document.querySelector("[data-beacon]");

function countView() {
  navigator.sendBeacon(article.dataset.beacon);
}

if (article && navigator.sendBeacon) {
  if (document.prerendering) {
    document.addEventListener("prerenderingchange", countView, { once: true });
  } else {
    countView();
  }
}

// The switch between light and dark; without scripts the system decides, and there is none.
const themeSwitch = document.querySelector(".theme-switch");

function showTheme() {
  themeSwitch.setAttribute("aria-pressed", String(theme.isDark()));
}

if (themeSwitch) {
  themeSwitch.addEventListener("click", () => {
    theme.choose(theme.isDark() ? "light" : "dark");
    showTheme();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTheme);
  addEventListener("storage", showTheme);
  showTheme();
  themeSwitch.hidden = false;
}
