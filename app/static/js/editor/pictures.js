// Pictures come into the text by paste, by drag and drop, and by the toolbar's button.
"use strict";

if (editor) {
  const { form, text, insert, say, words } = editor;
  const KINDS = ["image/png", "image/jpeg", "image/gif", "image/webp"];
  const chooser = form.elements.picture;
  // Without this script the field sends the picture with the form; here a button opens it.
  form.querySelector(".picture-form").classList.add("unseen");
  chooser.tabIndex = -1;
  form.querySelector(".picture-form .button").hidden = true;
  let place = 0;
  let waiting = 0;

  function mark(address) {
    return form.dataset.format === "html" ? `<img src="${address}" alt="">` : `![](${address})`;
  }

  function replace(before, after) {
    const from = text.value.indexOf(before);
    if (from === -1) return;
    const { selectionStart, selectionEnd } = text;
    const shift = (at) => (at > from ? at + after.length - before.length : at);
    insert(after, from, from + before.length);
    text.setSelectionRange(shift(selectionStart), shift(selectionEnd));
  }

  // A sign stands in the text until the picture has its address.
  async function send(file) {
    if (!KINDS.includes(file.type)) return say(words.noPicture);
    if (file.size > Number(form.dataset.mostBytes)) return say(words.tooLarge);
    const sign = `![…${++waiting}]()`;
    insert(`\n\n${sign}\n\n`);
    say(words.uploading);
    const body = new FormData();
    body.append("file", file, file.name || "picture.png");
    try {
      const answer = await fetch(form.dataset.upload, {
        method: "POST",
        body,
        redirect: "manual",
        headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value },
      });
      const stored = await answer.json();
      if (!stored.url) throw new Error(stored.errors?.file?.[0] || stored.error || "");
      replace(sign, mark(stored.url));
      say(words.uploaded);
    } catch (error) {
      replace(`\n\n${sign}\n\n`, "");
      say(error.name === "Error" && error.message ? error.message : words.notSent);
    }
  }

  async function sendAll(files) {
    for (const file of files) await send(file);
  }

  text.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (!files.length) return;
    event.preventDefault();
    sendAll(files);
  });
  for (const name of ["dragenter", "dragover"]) {
    form.addEventListener(name, (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      text.classList.add("takes-drop");
    });
  }
  for (const name of ["dragleave", "drop"]) {
    form.addEventListener(name, () => text.classList.remove("takes-drop"));
  }
  form.addEventListener("drop", (event) => {
    const files = [...event.dataTransfer.files];
    if (!files.length) return;
    event.preventDefault();
    text.focus();
    sendAll(files);
  });
  form.querySelector('[data-mark="picture"]').addEventListener("click", () => {
    place = text.selectionEnd;
    chooser.click();
  });
  chooser.addEventListener("change", () => {
    text.setSelectionRange(place, place);
    sendAll([...chooser.files]).then(() => {
      chooser.value = "";
    });
  });
}
