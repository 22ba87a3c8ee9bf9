import { useEffect, useState } from 'react';

const secondsTo = (at: string) => Math.max(0, Math.ceil((Date.parse(at) - Date.now()) / 1000));

/** Whole seconds until a moment (RFC 3339); zero once it has passed. */
export function useCountdown(at: string): number {
  const [left, setLeft] = useState(() => secondsTo(at));
  useEffect(() => {
    setLeft(secondsTo(at));
    const timer = setInterval(() => setLeft(secondsTo(at)), 500);
    return () => clearInterval(timer);
  }, [at]);
  return left;
}
