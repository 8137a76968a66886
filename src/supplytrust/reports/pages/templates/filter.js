"use strict";
(() => {
  const place = document.getElementById("filter");
  const items = [...document.querySelectorAll(".questions li, tr.package")];
  if (!place || !items.length) return;
  const label = document.createElement("label");
  const field = document.createElement("input");
  const note = document.createElement("span");
  field.type = "search";
  note.setAttribute("role", "status");
  label.append("Search ", field);
  place.append(label, " ", note);
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let hits = 0;
    for (const item of items) {
      const text = item.textContent.toLowerCase();
      item.hidden = !words.every((word) => text.includes(word));
      hits += !item.hidden;
    }
    for (const fold of document.querySelectorAll("details.findings"))
      fold.open = words.length > 0 && fold.querySelector("li:not([hidden]), tr.package:not([hidden])") !== null;
    note.textContent = words.length ? `${hits} of ${items.length}` : "";
  });
})();
