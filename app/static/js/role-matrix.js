// The role editor: cells that differ from what is saved are marked, and the button says how many there are.
const form = document.querySelector('[data-role-matrix]');
const button = document.querySelector('[data-role-save]');

const differs = (field) => {
  if (field.tagName === 'SELECT') return ![...field.options].every((option) => option.selected === option.defaultSelected);
  return field.checked !== field.defaultChecked;
};

function mark() {
  const changed = new Set();
  for (const field of form.querySelectorAll('input[type="checkbox"], input[type="radio"], select')) {
    if (differs(field)) changed.add(field.name === 'grant' ? field.value : field.name);
  }
  for (const cell of form.querySelectorAll('td, label.form-group')) {
    cell.classList.toggle('changed', [...cell.querySelectorAll('input, select')].some(differs));
  }
  const words = changed.size ? button.dataset.roleSave.replace('{n}', changed.size) : button.dataset.plain;
  if (button.textContent !== words) button.textContent = words;
}

if (form && button) {
  button.dataset.plain = button.textContent;
  form.addEventListener('change', mark);
  mark();
}
