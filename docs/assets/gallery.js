// The gallery's filter: shows the cards that have every word that was typed, and all properties
// whose buttons are pressed.
document.addEventListener("DOMContentLoaded", () => {
  const filter = document.getElementById("ta-filter");
  if (!filter) return;
  const count = document.getElementById("ta-count");
  const cards = [...document.querySelectorAll(".ta-card")];
  const chips = [...document.querySelectorAll(".ta-chip")];
  const bare = (text) => text.toLowerCase().replaceAll("_", "");
  const isPressed = (chip) => chip.getAttribute("aria-pressed") === "true";

  function show() {
    const words = bare(filter.value).split(/\s+/).filter(Boolean);
    const pressed = chips.filter(isPressed);
    for (const card of cards) {
      const known = bare(card.dataset.words);
      const traits = card.dataset.traits.split(" ");
      const has = ({ dataset }) =>
        dataset.group ? dataset.group === card.dataset.group : traits.includes(dataset.trait);
      card.hidden = !(words.every((word) => known.includes(word)) && pressed.every(has));
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
    count.textContent = shown < cards.length ? `${shown} of ${cards.length}` : "";
  }

  function press(chip) {
    const others = chips.filter((each) => each !== chip && each.dataset.group);
    if (chip.dataset.group) others.forEach((each) => each.setAttribute("aria-pressed", "false"));
    chip.setAttribute("aria-pressed", String(!isPressed(chip)));
    show();
  }

  filter.addEventListener("input", show);
  chips.forEach((chip) => chip.addEventListener("click", () => press(chip)));
  show();
});
