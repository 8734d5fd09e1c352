// Money fields show thousands and two digits, and send plain digits.
import { each } from './dom.js';

const plain = (text) => text.normalize('NFKC').replace(/[,\s¥￥元]/g, '').replace(/^−/, '-');

function format(input) {
  const text = plain(input.value);
  if (!/^-?\d+(\.\d{1,2})?$/.test(text)) return;
  const [whole, part = ''] = text.split('.');
  input.value = `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${part.padEnd(2, '0')}`;
}

export function setup(root) {
  each(root, 'input[data-money]', 'money', (input) => {
    input.inputMode = 'decimal';
    input.addEventListener('blur', () => format(input));
    input.addEventListener('focus', () => { input.value = plain(input.value); input.select(); });
    format(input);
  });
}

document.addEventListener('formdata', (event) => {
  const inputs = [...event.target.elements].filter((input) => input.matches('input[data-money]') && input.name && !input.disabled);
  for (const name of new Set(inputs.map((input) => input.name))) {
    event.formData.delete(name);
    for (const input of inputs) if (input.name === name) event.formData.append(name, plain(input.value));
  }
});
