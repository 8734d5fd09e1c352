// Polls running jobs: [data-progress-url] answers {state, done, total, note, url, bad}; data-progress-reload loads the page anew at the end.
import { each, getJson, make, word } from './dom.js';

const FIRST = 800;
const LONGEST = 5000;
const ENDED = new Set(['done', 'failed', 'cancelled']);

function timeLeft(began, first, { done, total }) {
  const moved = done - first;
  if (!moved || !total) return '';
  const seconds = Math.ceil(((Date.now() - began) / 1000 / moved) * (total - done));
  return seconds > 90 ? word('minutesLeft', Math.ceil(seconds / 60)) : word('secondsLeft', seconds);
}

function draw(job, answer, left) {
  const { state, done = 0, total = 0, note = '' } = answer;
  const figures = total ? `${done.toLocaleString('en-US')} / ${total.toLocaleString('en-US')}` : '';
  job.querySelector('[data-job-note]').textContent = [figures, note, left].filter(Boolean).join(' ');
  const bar = job.querySelector('.progress > rect');
  bar?.setAttribute('width', state === 'done' ? 100 : total ? (100 * done) / total : 0);
  bar?.classList.toggle('bar-ok', state === 'done');
  bar?.classList.toggle('bar-bad', state === 'failed');
}

function finish(job, { state, url }) {
  job.dataset.jobState = state;
  job.removeAttribute('data-progress-url');
  if ('progressReload' in job.dataset) { location.reload(); return; }
  job.querySelector('[data-job-end]')?.replaceChildren(...(url ? [make('a', { href: url, text: word('open') })] : []));
}

function follow(job) {
  const began = Date.now();
  let first = null;
  let wait = FIRST;
  const look = async () => {
    if (!job.isConnected) return;
    try {
      const answer = await getJson(job.dataset.progressUrl);
      first ??= answer.done ?? 0;
      draw(job, answer, ENDED.has(answer.state) ? '' : timeLeft(began, first, answer));
      if (ENDED.has(answer.state)) { finish(job, answer); return; }
    } catch { /* the next look may succeed */ }
    wait = Math.min(wait * 1.2, LONGEST);
    setTimeout(look, document.visibilityState === 'visible' ? wait : LONGEST);
  };
  setTimeout(look, FIRST);
}

export function setup(root) {
  each(root, '[data-progress-url]', 'progress', follow);
}
