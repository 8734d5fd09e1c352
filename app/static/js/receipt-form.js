// Entering a receipt: the contracts follow the customer; amount and payer are offered while nobody typed them.
import { each, getJson, make, withQuery, word } from './dom.js';
import { toast } from './toasts.js';

const plain = (text) => text.replace(/[,\s¥]/g, '');

const setup = (root) => each(root, '[data-receipt-form]', 'receipt-form', (box) => {
  const customer = box.querySelector('#customer_id');
  const contract = box.querySelector('#contract_id');
  const amount = box.querySelector('#amount');
  const payer = box.querySelector('#payer');

  const offer = (field, value) => {
    if (field.value && plain(field.value) !== field.dataset.offered) return;
    field.value = value;
    field.dataset.offered = plain(value);
  };
  const offerOf = (option) => {
    offer(amount, option?.dataset.open ?? '');
    if (option?.dataset.payer) offer(payer, option.dataset.payer);
  };

  const load = async () => {
    contract.replaceChildren(contract.options[0]);
    if (!customer.value) return;
    try {
      const { results } = await getJson(withQuery(box.dataset.contractsUrl, { customer_id: customer.value }));
      for (const { id, text, open, payer: name } of results) {
        contract.append(make('option', { value: id, text, 'data-open': open, 'data-payer': name }));
      }
      if (results.length === 1) contract.selectedIndex = 1;
      offerOf(contract.selectedOptions[0]);
    } catch (error) {
      toast({ text: error.message || word('failed'), tone: 'bad' });
    }
  };

  const open = contract.selectedOptions[0]?.dataset.open;
  if (open && plain(amount.value) === open) amount.dataset.offered = open;
  customer.addEventListener('change', load);
  contract.addEventListener('change', () => offerOf(contract.selectedOptions[0]));
});

setup(document);
