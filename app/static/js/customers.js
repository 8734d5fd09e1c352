// The questions of a business stand below while it is chosen. They are fetched when it is, and those of others are not sent.
import { announceAdded, request } from './dom.js';

const picker = document.querySelector('select[data-needs]');
const place = document.querySelector('[data-need-forms]');
const asked = new Set();

async function fetchQuestions(id) {
  if (asked.has(id) || place.querySelector(`[data-need-of="${CSS.escape(id)}"]`)) return;
  asked.add(id);
  const answer = await request(`${picker.dataset.needs}${id}`, { headers: { Accept: 'text/html' } });
  const page = new DOMParser().parseFromString(answer.ok ? await answer.text() : '', 'text/html');
  const form = page.querySelector('[data-need-of]');
  if (!form) return;
  place.append(document.importNode(form, true));
  announceAdded(place.lastElementChild);
  show();
}

function show() {
  const chosen = new Set([...picker.selectedOptions].map((option) => option.value));
  for (const need of place.querySelectorAll('[data-need-of]')) {
    need.hidden = !chosen.has(need.dataset.needOf);
    need.disabled = need.hidden;
  }
  for (const id of chosen) fetchQuestions(id).catch(() => asked.delete(id));
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
