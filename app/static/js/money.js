// Money fields show thousands and two digits, take what people paste (￥1,234.5元, 1.2万), and send plain digits.
import { each } from './dom.js';

/** The digits meant: no signs, no thousands, 万 counted out. */
export function plain(text) {
  const bare = text.normalize('NFKC').replace(/[,，\s¥￥元圆]|rmb|cny/gi, '').replace(/^[−–]/, '-');
  const many = /^(-?\d+)(?:\.(\d{1,6}))?万$/.exec(bare);
  if (!many) return bare;
  const digits = (many[2] ?? '').padEnd(4, '0');
  return `${many[1]}${digits.slice(0, 4)}${digits.length > 4 ? `.${digits.slice(4)}` : ''}`.replace(/^(-?)0+(?=\d)/, '$1');
}

function format(input) {
  const text = plain(input.value);
  if (!/^-?\d+(\.\d{0,2})?$/.test(text)) return;
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
