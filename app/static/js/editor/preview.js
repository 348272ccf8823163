// Shows beside the text what readers will see, made by the server as it is for them.
"use strict";

if (editor) {
  const { form, text } = editor;
  const pane = document.getElementById("live-preview");
  const button = form.querySelector('[data-mark="preview"]');
  const PAUSE = 500;
  let timer;
  let request;

  async function render() {
    request?.abort();
    request = new AbortController();
    const body = new URLSearchParams({
      csrf_token: form.elements.csrf_token.value,
      title: form.elements.title.value,
      content: text.value,
    });
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body, redirect: "manual", signal: request.signal });
      if (answer.status !== 200 && answer.status !== 422) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const shown = page.querySelector(".article") || page.querySelector(".form-faults");
      if (!shown) return;
      const { scrollTop } = pane;
      // The page has a heading of its own: the article's is one of a part here.
      for (const heading of shown.querySelectorAll("h1")) {
        const lower = document.createElement("p");
        lower.className = "preview-title";
        lower.textContent = heading.textContent;
        heading.replaceWith(lower);
      }
      for (const named of shown.querySelectorAll("[id]")) named.removeAttribute("id");
      pane.replaceChildren(document.adoptNode(shown));
      pane.scrollTop = scrollTop;
    } catch {
      // The site is away: the last preview stays.
    }
  }

  function later() {
    if (pane.hidden) return;
    clearTimeout(timer);
    timer = setTimeout(render, PAUSE);
  }

  function show(isShown) {
    pane.hidden = !isShown;
    button.setAttribute("aria-pressed", String(isShown));
    form.classList.toggle("with-preview", isShown);
    document.getElementById("content").classList.toggle("page-wide", isShown);
    if (isShown) render();
  }

  button.addEventListener("click", () => show(pane.hidden));
  form.addEventListener("input", later);
}
