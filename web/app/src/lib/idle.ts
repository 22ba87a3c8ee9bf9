import { useEffect, useRef } from 'react';
import { device } from './storage';

const SIGNS = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const;
const NAME = 'touched';
/** Between two looks at the clock, and between two notes of a touch, in milliseconds. */
const LOOK = 5_000;

/** Notes that the wallet is in use from now on. */
export const touch = () => device.keep(NAME, Date.now());

/**
 * Calls once the wallet was not touched for so many minutes, in any of its tabs; zero is never. A
 * device that slept counts the time it slept.
 */
export function useIdle(minutes: number, onIdle: () => void) {
  const tell = useRef(onIdle);
  tell.current = onIdle;
  useEffect(() => {
    if (minutes === 0) return;
    let noted = 0;
    const note = () => {
      if (Date.now() - noted < LOOK) return;
      noted = Date.now();
      touch();
    };
    const look = () => {
      const last = device.read<number>(NAME);
      if (last !== null && Date.now() - last > minutes * 60_000) tell.current();
    };
    // A wallet that is opened again after a while was not used meanwhile.
    look();
    const timer = setInterval(look, LOOK);
    for (const sign of SIGNS) window.addEventListener(sign, note, { passive: true });
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      for (const sign of SIGNS) window.removeEventListener(sign, note);
      document.removeEventListener('visibilitychange', look);
    };
  }, [minutes]);
}
