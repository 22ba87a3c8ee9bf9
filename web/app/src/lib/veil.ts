import { preferences } from './preferences';

/** Covers the screen while nobody looks at it, so that a list of open apps shows no sums. */
export function startVeil() {
  const cover = () => {
    const isAway = document.visibilityState === 'hidden';
    document.documentElement.toggleAttribute('data-veiled', isAway && preferences().veils);
  };
  document.addEventListener('visibilitychange', cover);
}
