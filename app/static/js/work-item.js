// Steps of a work item: the buttons of a row open the form below it, one at a time.
document.addEventListener('click', (event) => {
  const opener = event.target.closest('[data-step-form]');
  if (!opener) return;
  const wanted = document.getElementById(opener.dataset.stepForm);
  for (const other of document.querySelectorAll('[data-step-form]')) {
    const form = document.getElementById(other.dataset.stepForm);
    form.hidden = form !== wanted || !form.hidden;
    other.setAttribute('aria-expanded', String(!form.hidden));
  }
  if (!wanted.hidden) wanted.querySelector('input[name="note"], input[name="reason"]').focus();
});
