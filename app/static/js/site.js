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
