// Assigning on the board: the drawer says what the picked items will do to the chosen person's load. Picking itself is bulk.js.
const drawer = document.querySelector('[data-assign]');

function show() {
  const picked = new Set([...document.querySelectorAll('.board [data-check]:checked')].map((box) => box.value));
  let weight = 0;
  for (const item of drawer.querySelectorAll('[data-assign-item]')) {
    item.hidden = !picked.has(item.dataset.assignItem);
    if (!item.hidden) weight += Number(item.dataset.weight);
  }
  const person = drawer.querySelector('[name="handler"]:checked');
  if (!person) return;
  const { name, load } = person.dataset;
  drawer.querySelector('[data-assign-after]').textContent = `${name} ${load} → ${Number(load) + weight}`;
  drawer.querySelector('[data-assign-button]').textContent = drawer.dataset.assignLabel.replace('{name}', name);
}

if (drawer) {
  document.addEventListener('change', show);
  show();
}
