// Shows a masked number after asking the server, which writes down who looked; a second press hides it again.
import { each, request } from './dom.js';
import { toast } from './toasts.js';

async function ask(url) {
  const answer = await request(url, { method: 'POST', headers: { Accept: 'application/json, text/plain' } });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.headers.get('Content-Type')?.includes('json') ? (await answer.json()).text : (await answer.text()).trim();
}

export function setup(root) {
  each(root, '[data-reveal-url]', 'reveal', (button) => {
    const place = button.parentElement.querySelector('[data-masked]');
    const hidden = place.textContent;
    let full = null;
    button.addEventListener('click', async () => {
      const showing = full !== null && place.textContent === full;
      try { full ??= await ask(button.dataset.revealUrl); } catch (error) { toast({ text: error.message, tone: 'bad' }); return; }
      place.textContent = showing ? hidden : full;
      button.firstElementChild.classList.toggle('fa-eye-slash', !showing);
      button.firstElementChild.classList.toggle('fa-eye', showing);
    });
  });
}
