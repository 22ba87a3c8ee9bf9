/** How long a secret may stay on the clipboard, in milliseconds: what password managers use. */
export const STAY = 60_000;

let timer: ReturnType<typeof setTimeout> | undefined;

async function clear(text: string) {
  // A page may write to the clipboard only while it is looked at.
  if (!document.hasFocus()) {
    window.addEventListener('focus', () => void clear(text), { once: true });
    return;
  }
  try {
    if ((await navigator.clipboard.readText()) !== text) return;
  } catch {
    // Reading was not allowed: better an empty clipboard than a Token on it.
  }
  await navigator.clipboard.writeText('').catch(() => undefined);
}

/** Puts a text on the clipboard; a secret is taken off it again after a minute. */
export async function copy(text: string, kind: 'plain' | 'secret') {
  await navigator.clipboard.writeText(text);
  clearTimeout(timer);
  if (kind === 'secret') timer = setTimeout(() => void clear(text), STAY);
}
