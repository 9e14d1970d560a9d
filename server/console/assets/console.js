// Small conveniences; every page works without them.
document.documentElement.classList.add('js');

const textOf = (id) => {
  const element = document.getElementById(id);
  const parts = element.querySelectorAll('li');
  return (
    parts.length > 0 ? [...parts].map((part) => part.textContent.trim()).join('\n') : element.textContent
  )
    .replace(/[^\S\n]+/g, ' ')
    .trim();
};

async function copy(button) {
  await navigator.clipboard.writeText(textOf(button.dataset.copy));
  const words = button.querySelector('span');
  const before = words.textContent;
  words.textContent = button.dataset.copied;
  setTimeout(() => (words.textContent = before), 2500);
}

function download({ dataset }) {
  const link = document.createElement('a');
  const content = `${dataset.head}\n\n${textOf(dataset.download)}\n`;
  link.href = URL.createObjectURL(new Blob([content], { type: 'text/plain' }));
  link.download = dataset.file;
  link.click();
  URL.revokeObjectURL(link.href);
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  if (button.dataset.copy)
    copy(button).catch(() => getSelection().selectAllChildren(document.getElementById(button.dataset.copy)));
  else if (button.dataset.download) download(button);
  else if ('print' in button.dataset) print();
});

// Who has chosen no time zone yet is offered the browser's.
const zones = document.querySelector('select[data-own-zone]');
if (zones) {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  if ([...zones.options].some(({ value }) => value === timeZone)) zones.value = timeZone;
}

// Asks until the first sync of a new app password has arrived; ever more slowly, and not in the background.
function wait(line) {
  let delay = 2000;
  const ask = async () => {
    if (!document.hidden) {
      delay = Math.min(delay * 1.1, 10000);
      const answer = await fetch(line.dataset.wait, { headers: { Accept: 'application/json' } }).catch(
        () => undefined,
      );
      if (answer?.status === 200 && (await answer.json()).synced) return arrived(line);
      if (answer?.status === 404 || answer?.redirected) return undefined;
    }
    return setTimeout(ask, delay);
  };
  setTimeout(ask, delay);
}

function arrived(line) {
  if (line.dataset.then) return location.replace(line.dataset.then);
  line.classList.add('arrived');
  const words = line.querySelector('[role="status"]');
  words.classList.add('ok');
  return (words.textContent = line.dataset.arrived);
}

// Counts the seconds down until something can be tried again.
function count(link) {
  const end = Date.now() + link.dataset.countdown * 1000;
  const words = link.textContent;
  const tick = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    link.textContent = left > 0 ? `${words} (${left})` : words;
    if (left > 0) setTimeout(tick, 1000);
  };
  tick();
}

document.querySelectorAll('[data-countdown]').forEach(count);
document.querySelectorAll('[data-wait]').forEach(wait);
document.querySelector('.errors')?.focus();

// An address that names an answer opens it.
const opened = location.hash && document.getElementById(location.hash.slice(1));
if (opened?.tagName === 'DETAILS') opened.open = true;

// What is shown once is gone when the page is left, even where the browser keeps it for "back".
addEventListener('pagehide', () =>
  document.querySelectorAll('[data-secret]').forEach((element) => element.remove()),
);
