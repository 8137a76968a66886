"use strict";
(() => {
  const place = document.getElementById("search");
  if (!place) return;
  const parts = JSON.parse(place.dataset.parts);
  const names = new Map();
  const asked = new Set();
  const label = document.createElement("label");
  const field = document.createElement("input");
  const note = document.createElement("p");
  const list = document.createElement("ul");
  field.type = "search";
  note.setAttribute("role", "status");
  label.append("Name ", field);
  place.append(label, note, list);
  const show = () => {
    const word = field.value.trim().toLowerCase();
    list.replaceChildren();
    note.textContent = "";
    if (!word) return;
    const wanted = parts.filter((part) => part.startsWith(word) || word.startsWith(part));
    for (const part of wanted.slice(0, 8)) {
      if (asked.has(part)) continue;
      asked.add(part);
      const script = document.createElement("script");
      script.src = `search/${[...part].map((c) => c.codePointAt(0).toString(16)).join("-") || "0"}.js`;
      document.head.append(script);
    }
    let hits = 0;
    for (const part of wanted)
      for (const [name, outcome, href] of names.get(part) || [])
        if (name.toLowerCase().startsWith(word) && ++hits <= 50) {
          const item = document.createElement("li");
          const link = document.createElement("a");
          link.href = href;
          link.textContent = name;
          item.append(link, ` ${outcome}`);
          list.append(item);
        }
    note.textContent = hits > 50 ? `50 of ${hits}` : `${hits} found`;
  };
  window.receiveNames = ([part, rows]) => {
    names.set(part, rows);
    show();
  };
  field.addEventListener("input", show);
})();
