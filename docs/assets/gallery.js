// The gallery's filter: shows the cards of which every word that was typed is part.
document.addEventListener("DOMContentLoaded", () => {
  const filter = document.getElementById("ta-filter");
  if (!filter) return;
  const count = document.getElementById("ta-count");
  const cards = [...document.querySelectorAll(".ta-card")];
  const bare = (text) => text.toLowerCase().replaceAll("_", "");

  function show() {
    const words = bare(filter.value).split(/\s+/).filter(Boolean);
    for (const card of cards) {
      const known = bare(card.dataset.words);
      card.hidden = !words.every((word) => known.includes(word));
    }
    for (const grid of document.querySelectorAll(".ta-grid")) {
      const isEmpty = !grid.querySelector(".ta-card:not([hidden])");
      let heading = grid;
      do {
        heading.hidden = isEmpty;
        heading = heading.previousElementSibling;
      } while (heading && heading.tagName !== "H2");
      if (heading) heading.hidden = isEmpty;
    }
    const shown = cards.filter((card) => !card.hidden).length;
    count.textContent = words.length ? `${shown} of ${cards.length}` : "";
  }

  filter.addEventListener("input", show);
  show();
});
