// The need form of a business shows while that business is chosen; the others are not sent.
const picker = document.querySelector('select[data-needs]');

function show() {
  const chosen = new Set([...picker.selectedOptions].map((option) => option.value));
  for (const need of document.querySelectorAll('[data-need-of]')) {
    need.hidden = !chosen.has(need.dataset.needOf);
    need.disabled = need.hidden;
  }
}

if (picker) {
  picker.addEventListener('change', show);
  show();
}

// A name that was looked for and not found comes along in the address.
const wanted = new URLSearchParams(location.search).get('name');
const name = document.getElementById('name');
if (wanted && name && !name.value) {
  name.value = wanted;
  name.dispatchEvent(new Event('input', { bubbles: true }));
}
