"use strict";
(() => {
  const form = document.getElementById("filters");
  const entries = Array.from(document.querySelectorAll("details.finding"));
  const status = document.getElementById("shown");
  const words = entries.map((entry) => entry.textContent.toLowerCase());
  const boxes = Array.from(form.querySelectorAll("input[type=checkbox]"));

  const filter = () => {
    const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const text = form.elements.text.value.trim().toLowerCase();
    const area = form.elements.area.value;
    const owner = form.elements.owner.value;
    let shown = 0;
    entries.forEach((entry, at) => {
      const fits =
        wanted.has(entry.dataset.weight) &&
        (!area || entry.dataset.area === area) &&
        (!owner || entry.dataset.owner === owner) &&
        words[at].includes(text);
      entry.parentElement.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    document.querySelectorAll("ul.findings").forEach((list) => {
      list.parentElement.hidden = !list.querySelector("li:not([hidden])");
    });
    document.getElementById("none").hidden = shown > 0;
    status.textContent = status.dataset.told.replace("%1", shown).replace("%2", entries.length);
  };

  const reveal = () => {
    const entry = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!entry || !entry.matches("details.finding")) return;
    if (entry.closest("[hidden]")) {
      form.reset();
      filter();
    }
    entry.open = true;
    entry.querySelector("summary").focus();
    entry.scrollIntoView({ block: "center" });
  };

  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  if (boxes.some((box) => "first" in box.dataset)) {
    boxes.forEach((box) => { box.checked = "first" in box.dataset; });
  }
  filter();
  window.addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) reveal();
  });
  reveal();
})();
